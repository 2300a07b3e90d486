# SPDX-License-Identifier: Apache-2.0
"""join-service and join-agent end to end: a real control plane, software TPMs, and those who have to stay out."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(os.environ["ASTERISM_SOURCE_DIR"]) / "tests/cluster"))

from asterism_cluster.control_plane import Authority, ControlPlane, pem, wait_for  # noqa: E402
from asterism_cluster.machines import Machine  # noqa: E402
from asterism_cluster.publisher import Publisher  # noqa: E402
from asterism_cluster.service import JoinService  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec  # noqa: E402
from recovery import check_altered, check_closed, check_join_after_recovery, check_recover  # noqa: E402

BIN = pathlib.Path(os.environ["ASTERISM_BIN_DIR"])
SOURCE = pathlib.Path(os.environ["ASTERISM_SOURCE_DIR"])
WORK = pathlib.Path.cwd() / "run"
DISK = "0f8b9e7c-1d2a-4c3b-8e5f-6a7b8c9d0e1f"


def same(found, wanted, what):
    if found != wanted:
        sys.exit(f"{what}:\n  found  {found}\n  wanted {wanted}")


def holds(condition, what):
    if not condition:
        sys.exit(f"does not hold: {what}")


class Cluster:
    def __init__(self):
        self.control = ControlPlane(WORK / "control-plane")
        self.publisher = Publisher(WORK / "manifests", BIN, SOURCE)
        self.maker = Authority("TPM maker")
        self.publisher.publish("1.0", "image 1.0")
        self.service = JoinService(WORK, BIN, SOURCE, control=self.control, publisher=self.publisher, maker=self.maker)
        self.node = Machine(WORK / "node", 2600, self.maker, "image 1.0")

    def up(self):
        self.control.up()
        self.service.up()

    def down(self):
        self.service.down()
        self.node.process.terminate()
        self.node.process.wait(30)
        self.control.down()

    def document(self, **changes):
        document = {"schema": 1, "cluster": "prod.example", "name": "worker-1", "endpoints": ["127.0.0.1:8445"],
                    "evidence": ["tpm"], "trust": self.publisher.policy, "tpm_roots": [self.maker.pem().decode()], **changes}
        path = WORK / "node.json"
        path.write_text(json.dumps(document))
        return path

    def agent_command(self, document, *words):
        return [BIN / "join-agent", f"--config={document}", f"--output={WORK}/staged", f"--tcti={self.node.tcti}", "--tsm=/nonexistent",
                f"--measurements={self.node.log}", "--firmware-log=/nonexistent", "--image=asterism 1.0", *words]

    def agent(self, *words, **changes):
        return subprocess.run(self.agent_command(self.document(**changes), "--rounds=1", *words), capture_output=True, text=True,
                              check=False, timeout=300)

    def refused(self, outcome, reason, done):
        """The agent ended with code 6 or 8, nothing is staged, and the log says why."""
        holds(done.returncode != 0, "it was refused")
        holds(not (WORK / "staged").exists(), "nothing is staged")
        print(f"the node says: {done.stderr.strip()}", flush=True)
        last = self.service.next_line()
        same(last["outcome"], outcome, f"outcome ({last['reason']})")
        holds(reason in last["reason"], f"'{reason}' in '{last['reason']}'")
        print(f"  the audit log says: {outcome}: {last['reason']}", flush=True)


def check_join(cluster):
    done = cluster.agent(f"--disk-uuid={DISK}")
    same(done.returncode, 0, f"join-agent: {done.stderr}")
    staged = WORK / "staged"
    for name in ("ca.crt", "kubelet.pem", "kubelet.kubeconfig", "disk-key", "report.json"):
        same((staged / name).stat().st_mode & 0o777, 0o600, f"mode of {name}")
    same(len((staged / "disk-key").read_bytes()), 32, "size of the disk key")
    same(cluster.service.next_line()["outcome"], "joined", "audit log")
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
    same(cluster.service.next_line()["outcome"], "joined", "audit log")
    shutil.rmtree(staged)
    cluster.node.restart()
    return key


def check_recovery(cluster, key):
    checks = {"same": same, "holds": holds}
    check_recover(cluster, WORK, BIN / "asterism", DISK, key, **checks)
    check_altered(cluster, WORK, BIN / "asterism", DISK, **checks)
    check_closed(cluster, WORK, DISK, holds=holds)
    check_join_after_recovery(cluster, WORK, BIN / "asterism", DISK, **checks)
    cluster.service.noted = len(cluster.service.audit())


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
    cluster.service.reload(1)
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
    wait_for("the stranger's key in the audit log", lambda: "is no operator" in cluster.service.audit()[-1]["reason"], 60)
    cluster.service.noted = len(cluster.service.audit())


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
        same(cluster.service.get("/healthz")[0], 200, "health")
        key = check_join(cluster)
        check_verify(cluster)
        check_recovery(cluster, key)
        check_refusals(cluster)
        check_verify_after_revocation(cluster)
        figures = cluster.service.get("/metrics")[1]
        holds('asterism_join_sessions_total{outcome="joined"} 3' in figures, figures)
    finally:
        cluster.down()


if __name__ == "__main__":
    main()
