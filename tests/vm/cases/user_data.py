# SPDX-License-Identifier: Apache-2.0
"""The node's document is not on its ESP: it comes by fw_cfg, then as OpenStack's user data. User data that is for somebody else
leaves the node on its own, and one that cannot be asked for restarts it before it has a disk."""

import http.server
import re
import shutil
import threading

from asterism_vm import disk
from asterism_vm.base import READY_TIMEOUT, VmError, tool
from asterism_vm.case import Case
from asterism_vm.cluster import Cluster
from asterism_vm.image import Image
from asterism_vm.machine import Disk
from asterism_vm.vm import Vm

from .join import wait_joined

_SIZE = 6 << 30
_SERVICE = "169.254.169.254"
_OPENSTACK = ("-smbios", "type=1,manufacturer=OpenStack Foundation,product=OpenStack Nova")
_CLOUD_CONFIG = b"#cloud-config\nusers: []\n"
_SILENT = re.compile(rb"join-agent: user data of openstack: [^\r\n]*; asking again")
_GAVE_UP = re.compile(rb"join-agent: error: user data of openstack: [^\r\n]*")
_LEFT_ALONE = re.compile(rb"join-agent: user data of openstack is no document of a node and is left alone")


class MetadataService:
    """Use as a context manager. The service of OpenStack, at the address where machines look for it."""

    def __init__(self, user_data: bytes):
        service = self
        self.asked: list[str] = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                service.asked.append(self.path)
                found = self.path == "/openstack/latest/user_data"
                self.send_response(200 if found else 404)
                self.send_header("Content-Length", str(len(user_data) if found else 0))
                self.end_headers()
                self.wfile.write(user_data if found else b"")

            def log_message(self, *_: object) -> None:
                pass

        self._handler = Handler

    def __enter__(self) -> "MetadataService":
        # QEMU's network makes connections of the guest to this address ours.
        tool(["ip", "address", "replace", f"{_SERVICE}/32", "dev", "lo"], what="an address for the metadata service")
        self._server = http.server.ThreadingHTTPServer((_SERVICE, 80), self._handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _by_fw_cfg(case: Case, cluster: Cluster, vm: Vm) -> str:
    uuid = wait_joined(case, cluster, vm, "made")
    case.require("fw_cfg has a document" in vm.console.text(), "the document came from somewhere else")
    return uuid


def _as_user_data(case: Case, cluster: Cluster, vm: Vm, uuid: str) -> None:
    case.require(wait_joined(case, cluster, vm, "opened") == uuid, "the second boot opened another state disk")
    case.require("user data of openstack has a document" in vm.console.text(), "the document came from somewhere else")


def _new(case: Case, image: Image) -> Disk:
    """For a machine that never had a cluster: its disk and its TPM are new."""
    shutil.rmtree(case.folder / "tpm", ignore_errors=True)
    return Disk(disk.copy(image.raw, case.folder / "new.raw", size=_SIZE), snapshot=False)


def _restarts(case: Case, vm: Vm) -> None:
    vm.expect(_SILENT)
    asked = vm.seconds()
    vm.expect(_GAVE_UP)
    case.note(f"no metadata service: gave up {vm.seconds() - asked:.0f} s after the first try")
    reason = vm.expect_end(timeout=READY_TIMEOUT)
    if reason != "guest-reset" or "state disk" in vm.console.text():
        raise VmError(f"the machine ended by {reason}, not by a restart before it had a disk; {vm.logs()}")
    case.note("it restarts, and has no state disk yet")


def run(case: Case) -> None:
    image = Image.release()
    variables = case.variables(image.keys())
    path = disk.copy(image.raw, case.folder / "disk.raw", size=_SIZE)

    def machine(name: str, place: Disk, extra: tuple[str, ...]) -> Vm:
        return case.vm(image, place, variables, name, network=True, memory_mib=2048, extra=extra)

    with Cluster(case, image) as cluster:
        cluster.give_tpm(case.folder)
        document = cluster.document_file()
        with machine("fw-cfg", Disk(path, snapshot=False), ("-fw_cfg", f"name=opt/org.asterism/node.json,file={document}")) as vm:
            uuid = _by_fw_cfg(case, cluster, vm)
            vm.shutdown()
        with MetadataService(document.read_bytes()) as service, machine("user-data", Disk(path, snapshot=False), _OPENSTACK) as vm:
            _as_user_data(case, cluster, vm, uuid)
            case.require(service.asked == ["/openstack/latest/user_data"], f"the service was asked for {service.asked}")
    with MetadataService(_CLOUD_CONFIG) as service, machine("cloud-config", _new(case, image), _OPENSTACK) as vm:
        vm.expect(_LEFT_ALONE)
        case.boot(vm)
        case.require("joined cluster" not in vm.console.text(), "the node joined something")
        case.require(len(service.asked) == 1, f"the service was asked {len(service.asked)} times")
        case.note("user data of somebody else: the node is on its own")
    with machine("silent", _new(case, image), _OPENSTACK) as vm:
        _restarts(case, vm)
