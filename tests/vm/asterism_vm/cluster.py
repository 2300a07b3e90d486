# SPDX-License-Identifier: Apache-2.0
"""A cluster on this machine's loopback addresses for virtual machines to join, and what makes a machine one of its nodes."""

import json
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

from .base import BUILD, SOURCE, VmError, tool
from .case import Case
from .disk import Esp
from .image import Image
from .vm import Vm

sys.path.insert(0, str(SOURCE / "tests/cluster"))

from asterism_cluster.control_plane import Authority, ControlPlane  # noqa: E402
from asterism_cluster.machines import Machine as TpmMachine  # noqa: E402
from asterism_cluster.publisher import Publisher  # noqa: E402
from asterism_cluster.service import JoinService  # noqa: E402

CLUSTER, NODE = "prod.example", "worker-1"
SERVICE_PORT = 8445
KUBELET_TIMEOUT = 480.0
GUEST = "10.0.2.15"  # that QEMU's DHCP server gives to the first machine
# The API server speaks to kubelets at the address that they name.
FORWARDS = (f"tcp:{GUEST}:10250-{GUEST}:10250",)


class Cluster:
    """Use as a context manager. The image's manifest is published as it was built, and signed by a key of the test."""

    def __init__(self, case: Case, image: Image):
        self._case, self._image = case, image
        self.node_document = case.folder / "node.json"
        work = case.folder / "cluster"
        work.mkdir()
        self.control = ControlPlane(work / "control-plane")
        self.publisher = Publisher(work / "manifests", BUILD / "bin", SOURCE)
        self.maker = Authority("TPM maker")
        self.publish("stable", 1)
        self.service = JoinService(work, BUILD / "bin", SOURCE, control=self.control, publisher=self.publisher, maker=self.maker,
                                   endpoint="https://10.0.2.2:6443")

    def publish(self, state: str, serial: int) -> None:
        self.publisher.release(json.loads((self._image.folder / "manifest.json").read_text()), state=state, serial=serial)

    def __enter__(self) -> "Cluster":
        # From another address than its own, or the guest would take what comes for forged.
        tool(["ip", "route", "replace", "local", GUEST, "dev", "lo", "table", "local", "src", "127.0.0.1"], what="an address for the node's kubelet")
        try:
            self.control.up()
            self.service.up()
        except BaseException:
            self.__exit__()
            raise
        self._case.note("control plane and join-service are up")
        return self

    def __exit__(self, *_: object) -> None:
        self.service.down()
        self.control.down()

    def give_tpm(self, folder: Path) -> None:
        """A TPM whose endorsement key the cluster's TPM maker vouches for, as the memory of the case's machines."""
        maker = folder / "tpm-maker"
        machine = TpmMachine(maker, 2600, self.maker, "nothing yet")
        machine.power_off()
        shutil.rmtree(folder / "tpm", ignore_errors=True)
        shutil.move(maker / "tpm", folder / "tpm")
        shutil.rmtree(maker)

    def document_file(self, **changes: object) -> Path:
        """The node's document, for whoever hands it over."""
        document = {"schema": 1, "cluster": CLUSTER, "name": NODE, "endpoints": [f"10.0.2.2:{SERVICE_PORT}"], "evidence": ["tpm"],
                    "trust": self.publisher.policy, "tpm_roots": [self.maker.pem().decode()], **changes}
        self.node_document.write_text(json.dumps(document))
        return self.node_document

    def document(self, disk: Path, **changes: object) -> None:
        """Lays the node's document on the disk's ESP."""
        self.document_file(**changes)
        esp = Esp(disk)
        esp.make_folder("asterism")
        esp.write("asterism/node.json", self.node_document)

    def create(self, *objects: dict) -> None:
        self.control.kubectl("apply", "-f", "-", text=json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)}))

    def wait(self, vm: Vm, what: str, is_so: Callable[[dict], bool], *, seconds: float = KUBELET_TIMEOUT) -> None:
        """Until the API server's object is there and as wanted; the machine goes on meanwhile."""
        end = time.monotonic() + seconds
        while True:
            found = self.control.kubectl("get", what, "-o", "json", check=False)
            if found.returncode == 0 and is_so(json.loads(found.stdout)):
                return
            if vm.has_ended(within=1.0) or time.monotonic() > end:
                seen = self.control.kubectl("describe", what, check=False)
                ended = f"the machine ended ({vm.qmp.stop_reason()})" if vm.qmp.closed else f"not after {seconds:.0f} s"
                raise VmError(f"{what}: not as wanted, {ended}; {vm.logs()}\n{seen.stdout}{seen.stderr}")

    def logs(self, pod: str) -> str:
        return self.control.kubectl("logs", pod).stdout


def pod(name: str, command: list[str], *, host_network: bool = False, folders: dict[str, str] | None = None, once: bool = False) -> dict:
    """A pod of the image that the node brings along, which runs a program of the node's own /usr as root. folders: of
    the node, name below /mnt -> path; a configuration map named like the pod is at /config where there is one."""
    mounts = {"/usr": "/usr", "/lib": "/usr/lib", "/lib64": "/usr/lib64"} | {f"/mnt/{name}": path for name, path in (folders or {}).items()}
    volumes = [{"name": f"v{number}", "hostPath": {"path": path, "type": "DirectoryOrCreate"}} for number, path in enumerate(mounts.values())]
    places = [{"name": f"v{number}", "mountPath": place} for number, place in enumerate(mounts)]
    volumes.append({"name": "config", "configMap": {"name": name, "optional": True}})
    places.append({"name": "config", "mountPath": "/config"})
    container = {"name": "main", "image": "localhost/asterism/pause:1", "imagePullPolicy": "Never", "command": command,
                 "securityContext": {"runAsUser": 0}, "volumeMounts": places}
    spec = {"nodeName": NODE, "hostNetwork": host_network, "restartPolicy": "OnFailure" if once else "Always", "containers": [container],
            "volumes": volumes, "tolerations": [{"operator": "Exists"}], "terminationGracePeriodSeconds": 1}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default"}, "spec": spec}


def is_ready(thing: dict) -> bool:
    """Of a node or a pod."""
    return any(one["type"] == "Ready" and one["status"] == "True" for one in thing["status"].get("conditions", []))


def has_succeeded(thing: dict) -> bool:
    return thing["status"].get("phase") == "Succeeded"


def configuration(name: str, **files: str) -> dict:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default"}, "data": files}


