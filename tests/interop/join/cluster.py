# SPDX-License-Identifier: Apache-2.0
"""join-service and join-agent end to end: a real control plane, software TPMs, and those who have to stay out."""

import base64
import datetime
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request

from control_plane import SERVER, Authority, ControlPlane, answers, pem, wait_for
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from machines import Machine, measurements

BIN = pathlib.Path(os.environ["ASTERISM_BIN_DIR"])
SOURCE = pathlib.Path(os.environ["ASTERISM_SOURCE_DIR"])
WORK = pathlib.Path.cwd() / "run"
DISK = "0f8b9e7c-1d2a-4c3b-8e5f-6a7b8c9d0e1f"
HTTP = "http://127.0.0.1:8446"
# The service runs outside of the cluster here, under a name of its own, with the rights of the DaemonSet's account.
BINDING = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: join-service-test}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: join-service}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: join-service}]
"""


def same(found, wanted, what):
    if found != wanted:
        sys.exit(f"{what}:\n  found  {found}\n  wanted {wanted}")


def holds(condition, what):
    if not condition:
        sys.exit(f"does not hold: {what}")


class Publisher:
    """Signs manifests of made-up images."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        self.key = ec.generate_private_key(ec.SECP256R1())
        public = self.key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        (WORK / "publisher.pub").write_bytes(public)
        self.policy = json.loads(subprocess.run([BIN / "measured-boot", "trust-policy", f"publisher={WORK}/publisher.pub"],
                                                capture_output=True, text=True, check=True).stdout)

    def publish(self, version, boot, state="stable", serial=1):
        manifest = json.loads((SOURCE / "image-manifests/examples/manifest/valid/released.json").read_text())
        now = datetime.datetime.now(datetime.timezone.utc)
        stamp = "%Y-%m-%dT%H:%M:%SZ"
        manifest["version"] = version
        manifest["measurements"] = measurements(boot, manifest["measurements"])
        manifest.pop("launch", None)
        manifest["release"] = {"state": state, "floor": version, "serial": serial,
                               "not_before": (now - datetime.timedelta(hours=1)).strftime(stamp),
                               "not_after": (now + datetime.timedelta(days=1)).strftime(stamp)}
        text = json.dumps(manifest, sort_keys=True, indent=2).encode() + b"\n"
        path = self.folder / f"{version}.json"
        path.write_bytes(text)
        path.with_name(path.name + ".publisher.sig").write_text(
            base64.b64encode(self.key.sign(text, ec.ECDSA(hashes.SHA256()))).decode())


def service_config(control, publisher, maker, operator):
    return {
        "schema": 1, "cluster": "prod.example", "listen": "127.0.0.1:8445", "http": "127.0.0.1:8446", "state": str(WORK / "state"),
        "manifests": str(publisher.folder), "own_manifest": "9.9.json", "trust": publisher.policy,
        "nodes": {"evidence": ["tpm"], "tpm_roots": [maker.pem().decode()],
                  "boots": [{"platform": "qemu", "secure_boot": "on", "stage": "enter-initrd"}]},
        "names": [{"name": "worker-*", "first_come": True}],
        "kubernetes": {"server": SERVER, "endpoint": SERVER, "ca": str(control.ca.file),
                       "certificate": str(control.folder / "join-service.crt"), "key": str(control.folder / "join-service.key")},
        "master_secret": {"file": str(WORK / "master")}, "rates": {"burst": 100, "per_minute": 600}, "operators": [operator],
        "sessions": 4,
    }


class Cluster:
    def __init__(self):
        self.control = ControlPlane(WORK / "control-plane")
        self.publisher = Publisher(WORK / "manifests")
        self.maker = Authority("TPM maker")
        self.publisher.publish("1.0", "image 1.0")
        self.publisher.publish("9.9", "image of the service")
        (WORK / "state").mkdir()
        (WORK / "master").write_bytes(os.urandom(32))
        (WORK / "master").chmod(0o600)
        operator = ec.generate_private_key(ec.SECP256R1())
        (WORK / "operator.pem").write_bytes(pem(operator))
        public = operator.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        (WORK / "service.json").write_text(json.dumps(service_config(self.control, self.publisher, self.maker, public.decode())))
        self.host = Machine(WORK / "host", 2500, self.maker, "image of the service")
        self.node = Machine(WORK / "node", 2600, self.maker, "image 1.0")
        self.service = None
        self.noted = 0

    def up(self):
        self.control.up()
        self.control.kubectl("apply", "-f", str(SOURCE / "src/join/units/join-service.yaml"))
        self.control.kubectl("apply", "-f", "-", text=BINDING)
        log = (WORK / "service.log").open("wb")
        self.service = subprocess.Popen([BIN / "join-service", f"--config={WORK}/service.json", f"--tcti={self.host.tcti}",
                                         "--tsm=/nonexistent", f"--measurements={self.host.log}"], stdout=log, stderr=log)
        wait_for("join-service", lambda: self.service.poll() is not None or answers(8446))
        holds(self.service.poll() is None, f"join-service runs: {(WORK / 'service.log').read_text()}")
        wait_for("join-service is ready", lambda: self.service.poll() is not None or self.get("/readyz")[0] == 200)
        holds(self.service.poll() is None, f"join-service runs: {(WORK / 'service.log').read_text()}")

    def down(self):
        for process in (self.service, self.host.process, self.node.process):
            if process:
                process.terminate()
                process.wait(30)
        self.control.down()

    @staticmethod
    def get(path):
        try:
            with urllib.request.urlopen(HTTP + path, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except urllib.error.URLError as error:
            return 0, str(error)

    def document(self, **changes):
        document = {"schema": 1, "cluster": "prod.example", "name": "worker-1", "endpoints": ["127.0.0.1:8445"],
                    "evidence": ["tpm"], "trust": self.publisher.policy, "tpm_roots": [self.maker.pem().decode()], **changes}
        path = WORK / "node.json"
        path.write_text(json.dumps(document))
        return path

    def agent(self, *words, **changes):
        return subprocess.run([BIN / "join-agent", f"--config={self.document(**changes)}", f"--output={WORK}/staged",
                               f"--tcti={self.node.tcti}", "--tsm=/nonexistent", f"--measurements={self.node.log}",
                               "--firmware-log=/nonexistent", "--image=asterism 1.0", "--rounds=1", *words],
                              capture_output=True, text=True, check=False, timeout=300)

    def audit(self):
        return [json.loads(line) for line in (WORK / "state/audit.jsonl").read_text().splitlines()]

    def next_line(self):
        """The audit log's new last line; it may be written after the node went away."""
        wait_for("a line in the audit log", lambda: len(self.audit()) > self.noted, 60)
        self.noted = len(self.audit())
        return self.audit()[-1]

    def refused(self, outcome, reason, done):
        """The agent ended with code 6 or 8, nothing is staged, and the log says why."""
        holds(done.returncode != 0, "it was refused")
        holds(not (WORK / "staged").exists(), "nothing is staged")
        print(f"the node says: {done.stderr.strip()}", flush=True)
        last = self.next_line()
        same(last["outcome"], outcome, f"outcome ({last['reason']})")
        holds(reason in last["reason"], f"'{reason}' in '{last['reason']}'")
        print(f"  the audit log says: {outcome}: {last['reason']}", flush=True)

    def reload(self):
        """The manifests are read again: one of the two images is gone."""
        self.service.send_signal(signal.SIGHUP)
        wait_for("reload", lambda: "asterism_join_images 1\n" in self.get("/metrics")[1], 30)


def check_join(cluster):
    done = cluster.agent(f"--disk-uuid={DISK}")
    same(done.returncode, 0, f"join-agent: {done.stderr}")
    staged = WORK / "staged"
    for name in ("ca.crt", "kubelet.pem", "kubelet.kubeconfig", "disk-key", "report.json"):
        same((staged / name).stat().st_mode & 0o777, 0o600, f"mode of {name}")
    same(len((staged / "disk-key").read_bytes()), 32, "size of the disk key")
    same(cluster.next_line()["outcome"], "joined", "audit log")
    config = staged / "kubelet.kubeconfig"
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "worker-1"}}
    cluster.control.kubectl("create", "-f", "-", config=config, text=json.dumps(node))
    node["metadata"]["name"] = "worker-2"
    other = cluster.control.kubectl("create", "-f", "-", config=config, text=json.dumps(node), check=False)
    holds("orbidden" in other.stderr, f"another node's name is forbidden: {other.stderr}")
    listed = cluster.control.kubectl("get", "nodes", "-o", "name").stdout.split()
    same(listed, ["node/worker-1"], "nodes")
    same(cluster.control.kubectl("get", "csr", "-o", "name").stdout, "", "requests that are left over")
    key = (staged / "disk-key").read_bytes()
    shutil.rmtree(staged)
    cluster.refused("evidence", "joined in this boot already", cluster.agent(f"--disk-uuid={DISK}"))
    cluster.node.restart()
    done = cluster.agent(f"--disk-uuid={DISK}")
    same(done.returncode, 0, f"after a restart: {done.stderr}")
    holds((staged / "disk-key").read_bytes() == key, "the same key after a restart")
    same(cluster.next_line()["outcome"], "joined", "audit log")
    shutil.rmtree(staged)
    cluster.node.restart()


def check_refusals(cluster):
    cluster.refused("name", "no rule allows", cluster.agent(name="master-1"))
    cluster.node.restart()
    cluster.refused("evidence", "extra_data", cluster.agent(cluster="other.example"))
    cluster.node.restart()
    done = subprocess.run([os.environ["ASTERISM_JOIN_REPLAY"], cluster.document(), cluster.node.tcti, cluster.node.log],
                          capture_output=True, text=True, check=False, timeout=300)
    cluster.refused("evidence", "extra_data", done)
    cluster.node.extend(4, "another boot loader")
    cluster.refused("evidence", "PCR 4 is", cluster.agent())
    cluster.node.restart()
    cluster.node.extend(12, "another command line")
    cluster.refused("evidence", "PCR 12 is", cluster.agent())
    cluster.node.restart()
    cluster.publisher.publish("1.0", "image 1.0", state="revoked", serial=2)
    cluster.reload()
    cluster.refused("evidence", "revoked", cluster.agent())
    cluster.node.restart()


def check_verify(cluster):
    words = [BIN / "asterism", "verify", "127.0.0.1:8445", f"--config={cluster.document()}", f"--operator-key={WORK}/operator.pem",
             f"--manifests={WORK}/manifests"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    same(done.returncode, 0, f"asterism verify: {done.stderr}")
    holds("worker-1" in done.stdout and "as expected" in done.stdout, done.stdout)
    print(done.stdout)
    members = json.loads(subprocess.run([*words, "--json"], capture_output=True, text=True, check=True).stdout)["members"]
    same([(m["node"], m["image"], m["as_expected"]) for m in members], [("worker-1", "asterism 1.0", True)], "members")
    stranger = ec.generate_private_key(ec.SECP256R1())
    (WORK / "stranger.pem").write_bytes(pem(stranger))
    words[4] = f"--operator-key={WORK}/stranger.pem"
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    holds(done.returncode != 0, "a stranger gets no list")
    wait_for("the stranger's key in the audit log", lambda: "is no operator" in cluster.audit()[-1]["reason"], 60)
    cluster.noted = len(cluster.audit())


def check_verify_after_revocation(cluster):
    done = subprocess.run([BIN / "asterism", "verify", "127.0.0.1:8445", f"--config={cluster.document()}",
                           f"--operator-key={WORK}/operator.pem", f"--manifests={WORK}/manifests"],
                          capture_output=True, text=True, check=False)
    same(done.returncode, 6, f"asterism verify with a member of a revoked image: {done.stderr}")
    holds("NOT EXPECTED" in done.stdout, done.stdout)


def main():
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir()
    cluster = Cluster()
    try:
        cluster.up()
        same(cluster.get("/healthz")[0], 200, "health")
        check_join(cluster)
        check_verify(cluster)
        check_refusals(cluster)
        check_verify_after_revocation(cluster)
        figures = cluster.get("/metrics")[1]
        holds('asterism_join_sessions_total{outcome="joined"} 2' in figures, figures)
    finally:
        cluster.down()


if __name__ == "__main__":
    main()
