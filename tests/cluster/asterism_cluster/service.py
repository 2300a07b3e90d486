# SPDX-License-Identifier: Apache-2.0
"""join-service beside a control plane, on a machine with a software TPM, and what it says about itself."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import urllib.error
import urllib.request

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from .control_plane import SERVER, answers, pem, wait_for
from .machines import Machine

HTTP = "http://127.0.0.1:8446"
IMAGE, VERSION = "image of the service", "9.9"
# The service runs outside of the cluster here, under a name of its own, with the rights of the DaemonSet's account.
BINDING = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: join-service-test}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: join-service}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: join-service}]
"""


class JoinService:
    """work: folder for state, secret and logs. programs: where join-service is; source: the checkout. endpoint: the API
    server's address as nodes know it. The publisher publishes the image that the service runs on."""

    def __init__(self, work: pathlib.Path, programs: pathlib.Path, source: pathlib.Path, *, control, publisher, maker, endpoint=SERVER):
        self.work, self._programs, self._source, self.control = work, programs, source, control
        publisher.publish(VERSION, IMAGE)
        (work / "state").mkdir()
        (work / "master").write_bytes(os.urandom(32))
        (work / "master").chmod(0o600)
        person = ec.generate_private_key(ec.SECP256R1())
        (work / "operator.pem").write_bytes(pem(person))
        public = person.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        (work / "service.json").write_text(json.dumps({
            "schema": 1, "cluster": "prod.example", "listen": "127.0.0.1:8445", "http": "127.0.0.1:8446", "state": str(work / "state"),
            "manifests": str(publisher.folder), "own_manifest": f"{VERSION}.json", "trust": publisher.policy,
            "nodes": {"evidence": ["tpm"], "tpm_roots": [maker.pem().decode()],
                      "boots": [{"platform": "qemu", "secure_boot": "on", "stage": "enter-initrd"}]},
            "names": [{"name": "worker-*", "first_come": True}],
            "kubernetes": {"server": SERVER, "endpoint": endpoint, "ca": str(control.ca.file),
                           "certificate": str(control.folder / "join-service.crt"), "key": str(control.folder / "join-service.key")},
            "dns": {"servers": ["10.96.0.10"], "domain": "test.local"},
            "master_secret": {"file": str(work / "master")}, "rates": {"burst": 100, "per_minute": 600},
            "operators": [public.decode()], "sessions": 4}))
        self.host = Machine(work / "host", 2500, maker, IMAGE)
        self.process = None
        self.noted = 0

    def up(self):
        self.control.kubectl("apply", "-f", str(self._source / "src/join/units/join-service.yaml"))
        self.control.kubectl("apply", "-f", "-", text=BINDING)
        self.start()

    def start(self):
        path = self.work / "service.log"
        log = path.open("ab")
        self.process = subprocess.Popen([self._programs / "join-service", f"--config={self.work}/service.json", f"--tcti={self.host.tcti}",
                                         "--tsm=/nonexistent", f"--measurements={self.host.log}"], stdout=log, stderr=log)
        for what, check in (("join-service", lambda: answers(8446)), ("join-service is ready", lambda: self.get("/readyz")[0] == 200)):
            wait_for(what, lambda check=check: self.process.poll() is not None or check())
            if self.process.poll() is not None:
                sys.exit(f"join-service ended: {path.read_text()}")

    def stop(self):
        """Only the service; start() starts it again, on the same machine in the same boot."""
        self.process.terminate()
        self.process.wait(30)

    def down(self):
        for process in (self.process, self.host.process):
            if process:
                process.terminate()
                process.wait(30)

    @staticmethod
    def get(path):
        """Status and text of health and metrics."""
        try:
            with urllib.request.urlopen(HTTP + path, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except urllib.error.URLError as error:
            return 0, str(error)

    def audit(self):
        path = self.work / "state/audit.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def next_line(self):
        """The audit log's new last line; it may be written after the node went away."""
        wait_for("a line in the audit log", lambda: len(self.audit()) > self.noted, 60)
        self.noted = len(self.audit())
        return self.audit()[-1]

    def reload(self, images):
        """The manifests are read again, until that many hold."""
        self.process.send_signal(signal.SIGHUP)
        wait_for("reload", lambda: f"asterism_join_images {images}\n" in self.get("/metrics")[1], 30)
