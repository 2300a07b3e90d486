# SPDX-License-Identifier: Apache-2.0
"""A session of a node that joined, said again: to the service, which refuses it and notes why, and to the node in its next boot,
which says why on its console and never leaves the initramfs."""

import hashlib
import re
import time

from asterism_vm import disk
from asterism_vm.base import READY, READY_TIMEOUT, VmError
from asterism_vm.case import Case
from asterism_vm.cluster import SERVICE_PORT, Cluster
from asterism_vm.image import Image
from asterism_vm.machine import Disk
from asterism_vm.pcrs import Pcrs
from asterism_vm.recorder import Impostor, Recorder, say_again
from asterism_vm.vm import Vm

from .join import wait_joined

_SIZE = 6 << 30
_PORT = 8444
_ROUNDS = 3
_LEAVE_INITRD = hashlib.sha256(b"leave-initrd").digest()


def _extends(pcrs: Pcrs, pcr: int) -> list[bytes]:
    return [one.digests["sha256"] for one in pcrs.extends if one.pcr == pcr]


def _record(case: Case, cluster: Cluster, vm: Vm) -> tuple[bytes, bytes]:
    """What node and service said to each other while the node joined."""
    with Recorder(_PORT, SERVICE_PORT) as between:
        with vm:
            wait_joined(case, cluster, vm, "made")
        said = between.conversations[-1]
    case.require(_LEAVE_INITRD in _extends(vm.tpm.replayed(), 11), "PCR 11 of a node that is up does not tell that it left the initramfs")
    case.note(f"recorded {len(said.client)} bytes of the node's, {len(said.server)} of the service's")
    return bytes(said.client), bytes(said.server)


def _to_service(case: Case, cluster: Cluster, client: bytes) -> None:
    answer = say_again(SERVICE_PORT, client)
    line = cluster.service.next_line()
    said = f"{line['outcome']}: {line['reason']}"
    case.require(line["outcome"] == "evidence" and "TLS handshake: TLS: decryption failed" in line["reason"], f"the audit log says {said}")
    case.require(not line["node"] and not line["identities"], f"something of the old session was believed: {line}")
    case.note(f"the node's words to the service: {len(answer)} bytes came back\n  audit log: {said}")


def _to_node(case: Case, cluster: Cluster, vm: Vm, server: bytes) -> None:
    refused = re.compile(rf"join-agent: 10\.0\.2\.2:{_PORT}: (.*)")
    with Impostor(_PORT, server) as impostor:
        with vm:
            vm.expect(re.compile(rb"join-agent: 10\.0\.2\.2:%d: [^\r\n]*TLS handshake: [^\r\n]*" % _PORT), READY_TIMEOUT)
            end = time.monotonic() + READY_TIMEOUT
            while impostor.visitors < _ROUNDS and not vm.has_ended(within=1.0):
                case.require(time.monotonic() < end, f"the node did not ask again: {vm.logs()}")
            if vm.has_ended(within=1.0):
                raise VmError(f"the machine ended ({vm.qmp.stop_reason()}); {vm.logs()}")
            text = vm.console.text()
            case.require(not vm.console.find(READY) and "joined cluster" not in text, "the node went on")
            case.require("state disk" not in text, "the state disk was touched")
    reasons = refused.findall(text)
    case.require(len(reasons) >= _ROUNDS - 1 and all("TLS handshake: " in reason for reason in reasons), f"the console says {reasons}")
    pcrs = vm.tpm.replayed()
    document = hashlib.sha256(cluster.node_document.read_bytes()).hexdigest()
    measured = [hashlib.sha256(f"asterism node-config sha256:{document}".encode()).digest()]
    case.require(_extends(pcrs, 15) == measured, "PCR 15 holds something else than the document")
    case.require(_LEAVE_INITRD not in _extends(pcrs, 11), "the node left the initramfs")
    case.require(len(cluster.service.audit()) == cluster.service.noted, "the service has met somebody")
    case.note(f"the service's words to the node, {impostor.visitors} times\n  console: {reasons[0].strip()}")


def run(case: Case) -> None:
    image = Image.release()
    path = disk.copy(image.raw, case.folder / "disk.raw", size=_SIZE)
    variables = case.variables(image.keys())
    with Cluster(case, image) as cluster:
        cluster.give_tpm(case.folder)
        cluster.document(path, endpoints=[f"10.0.2.2:{_PORT}"])

        def machine(name: str) -> Vm:
            return case.vm(image, Disk(path, snapshot=False), variables, name, network=True)

        client, server = _record(case, cluster, machine("first"))
        _to_service(case, cluster, client)
        _to_node(case, cluster, machine("second"), server)
