# SPDX-License-Identifier: Apache-2.0
"""A node whose cluster is down gets the key of its disk from an operator, and no credentials; once the cluster is back it joins as ever."""

import hashlib
import re
import subprocess

from asterism_vm import disk
from asterism_vm.base import BUILD, READY_TIMEOUT
from asterism_vm.case import Case
from asterism_vm.cluster import FORWARDS, GUEST, NODE, Cluster
from asterism_vm.image import Image
from asterism_vm.machine import Disk
from asterism_vm.vm import Vm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from .join import wait_joined

_SIZE = 6 << 30
_PORT = 8447
_TIMEOUT = 300.0
_OPENED = re.compile(r"disk-mapper: opened state disk \S+ \(([0-9a-f-]{36})\)")
_KUBELET = re.compile(r"kubelet +(\w.*)")


def _key_id(path) -> str:
    """SHA-256 of the public key, as documents name operators."""
    public = serialization.load_pem_private_key(path.read_bytes(), None).public_key()
    return hashlib.sha256(public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def _recover(case: Case, cluster: Cluster, key: str, uuid: str) -> subprocess.CompletedProcess[str]:
    work = cluster.service.work
    words = [BUILD / "bin/asterism", "recover", f"127.0.0.1:{_PORT}", f"--config={cluster.node_document}", f"--operator-key={work / key}",
             f"--manifests={cluster.publisher.folder}", f"--disk-uuid={uuid}", f"--master-secret={work / 'master'}"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=_TIMEOUT)
    case.note(f"asterism recover with {key}: exit code {done.returncode}: {(done.stdout + done.stderr).strip()}")
    return done


def _check_recovery(case: Case, cluster: Cluster, vm: Vm, uuid: str) -> None:
    said = re.compile(rb"join-agent: recovery: an operator may connect to \[::\]:8447 with the key of disk " + uuid.encode())
    vm.expect(said, READY_TIMEOUT)
    case.note(f"waits for an operator {vm.seconds():.0f} s after power-on")

    stranger = cluster.service.work / "stranger.pem"
    stranger.write_bytes(ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    refused = _recover(case, cluster, stranger.name, uuid)
    case.require(refused.returncode == 6 and "is no operator" in refused.stderr, f"a stranger was not refused: {refused}")
    vm.expect(re.compile(rb"join-agent: recovery: [^\r\n]*" + _key_id(stranger)[:16].encode() + rb"\.\.\. is no operator"))

    given = _recover(case, cluster, "operator.pem", uuid)
    case.require(given.returncode == 0, f"the operator was refused: {given}")
    case.require(f"{NODE} runs asterism" in given.stdout and "tpm:" in given.stdout, f"asterism recover says {given.stdout}")
    vm.expect(re.compile(rb"join-agent: recovered by operator " + _key_id(cluster.service.work / "operator.pem")[:16].encode()))
    case.boot(vm)
    text = vm.console.text()
    opened, kubelet = _OPENED.search(text), _KUBELET.findall(text)
    case.require(bool(opened) and opened[1] == uuid, f"the disk was not opened: {opened and opened[0]}")
    case.require("joined cluster" not in text, "the node joined a cluster that is down")
    case.require(all(one.startswith(("inactive", "waiting")) for one in kubelet), f"kubelet was more than waiting: {kubelet}")
    case.require(kubelet[-1:] != [] and kubelet[-1].startswith("waiting: join credentials"), f"kubelet: {kubelet}")
    case.note(f"{opened[0]}\n  kubelet: {kubelet[-1].strip()}")


def run(case: Case) -> None:
    image = Image.release()
    path = disk.copy(image.raw, case.folder / "disk.raw", size=_SIZE)
    variables = case.variables(image.keys())
    with Cluster(case, image) as cluster:
        cluster.give_tpm(case.folder)
        cluster.document(path, recovery={"listen": f"[::]:{_PORT}", "operators": [_key_id(cluster.service.work / "operator.pem")]})

        def machine(name: str) -> Vm:
            forwards = (*FORWARDS, f"tcp:127.0.0.1:{_PORT}-{GUEST}:{_PORT}")
            return case.vm(image, Disk(path, snapshot=False), variables, name, network=True, forwards=forwards, memory_mib=3072)

        with machine("first") as vm:
            uuid = wait_joined(case, cluster, vm, "made")
            vm.shutdown()
        cluster.service.stop()
        with machine("recovered") as vm:
            _check_recovery(case, cluster, vm, uuid)
            vm.shutdown()
        case.require(len(cluster.service.audit()) == cluster.service.noted, "the service has met somebody while it was down")
        cluster.service.start()
        with machine("third") as vm:
            case.require(wait_joined(case, cluster, vm, "opened") == uuid, "the third boot opened another state disk")
