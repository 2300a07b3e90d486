# SPDX-License-Identifier: Apache-2.0
"""The state disk with the TPM, seen from inside by the debug image's shell: what lies on it, what stays, and that the running system cannot open it.

And what becomes of it without that TPM: the recovery key, typed on the console, gives another TPM's node the disk.
"""

import re
from pathlib import Path

from asterism_vm import accelerator, disk
from asterism_vm.base import READY_TIMEOUT
from asterism_vm.case import Case
from asterism_vm.image import Image
from asterism_vm.machine import Disk, Machine
from asterism_vm.vm import Vm

_SIZE = 4 << 30
# The agent as if it ran in the initramfs again: with the image's policy key and signatures in the place where it looks for them.
_AGAIN = (
    "mkdir -p /run/again/.extra /run/again/usr /run/again/dev /run/again/sys /run/again/proc /run/again/run /run/again/etc;"
    "for d in usr dev sys proc run etc; do mount --rbind /$d /run/again/$d; done; ln -s usr/lib /run/again/lib; ln -s usr/lib64 /run/again/lib64;"
    "cp /run/systemd/tpm2-pcr-*.* /run/again/.extra/;"
    "chroot /run/again timeout -k 1 60 /usr/lib/asterism/disk-mapper open 2>&1 | head -n 1"
)
_PLACES = ("/var", "/etc/kubernetes", "/etc/cni", "/opt/cni", "/var/lib/containerd", "/var/lib/kubelet")


def _ask(vm: Vm, command: str) -> str:
    """What a command wrote. The mark is put together by the shell, so that the echo of the input is not it."""
    vm.asked = getattr(vm, "asked", 0) + 1
    mark = f"answer-{vm.asked}"
    before = len(vm.console.text())
    vm.console.send(f"{{ {command}; }} 2>&1 | cat; echo {mark[:3]}''{mark[3:]}\r".encode())
    vm.expect(re.compile(mark.encode()), READY_TIMEOUT)
    return vm.console.text()[before:].replace("\r", "")


def _recovery_key(case: Case, vm: Vm) -> str:
    found = re.search(r"([0-9a-f]{8}-){8}[0-9a-f]{4}", _ask(vm, "/usr/lib/asterism/disk-mapper recovery-key take"))
    case.require(found is not None, "no recovery key of a new disk")
    case.require("no new recovery key" in _ask(vm, "/usr/lib/asterism/disk-mapper recovery-key take"), "the recovery key was given twice")
    said = _ask(vm, f"echo {found[0]} | /usr/lib/asterism/disk-mapper rekey && echo key re''newed")
    case.require("key renewed" in said, f"rekey: {said}")
    return found[0]


def _on_another_machine(case: Case, image: Image, path: Path, key: str) -> None:
    place = case.folder / "other-machine"
    place.mkdir()
    for boot, expected in enumerate(("the node has a new key for this disk", "opened state disk")):
        machine = Machine(
            Disk(path, snapshot=False), case.variables(image.keys(), f"other-{boot}.fd"), accelerator=accelerator.choose(image.file("efi"))
        )
        with Vm(machine, place, str(boot)) as vm:
            if boot == 0:
                vm.expect(re.compile(rb"recovery key \(not shown\)"), READY_TIMEOUT)
                vm.console.send(b"0123\r")
                vm.expect(re.compile(rb"disk-mapper: error: [^\r\n]*recovery key"), READY_TIMEOUT)
                vm.console.send(key.encode() + b"\r")
            case.boot(vm)
            case.require(expected in vm.console.text(), f"boot {boot} on another machine: not {expected!r}")
            case.require(key not in vm.console.text(), "the console shows the recovery key")
            vm.console.send(b"\r")
            case.require("file: OK" in _ask(vm, "cd /var/lib/asterism && sha256sum -c sum"), "the data is not there")
    case.note("another TPM: the recovery key opens the disk, once; then the node has a key of its own")


def run(case: Case) -> None:
    image = Image.debug()
    path = disk.copy(image.raw, case.folder / "disk.raw", size=_SIZE)
    variables = case.variables(image.keys())
    with case.vm(image, Disk(path, snapshot=False), variables, "first") as vm:
        case.boot(vm)
        vm.console.send(b"\r")
        for place in _PLACES:
            case.require("/dev/mapper/state" in _ask(vm, f"findmnt -n -o SOURCE -T {place}"), f"{place} is not on the state disk")
        status = _ask(vm, "/usr/lib/asterism/disk-mapper status")
        case.require("initialised" in status, f"disk-mapper status: {status}")
        case.note(" ".join(status.split()))
        case.require("OK" in _ask(vm, "dmsetup table state-auth | grep -q 'integrity:32:aead' && dmsetup status state-auth_dif && echo O''K"), "not authenticated")
        _ask(vm, "cd /var/lib/asterism && head -c 8000000 /dev/urandom > file && sha256sum file > sum && sync")
        key = _recovery_key(case, vm)
        said = _ask(vm, _AGAIN)
        case.require("PCR 15 is not zero" in said, f"the running system asked the TPM for the key: {said}")
        case.note("the running system does not get the key: PCR 15 is not zero")
        ended = _ask(vm, "systemctl stop asterism-state-disk; systemctl show -p Result asterism-state-disk")
        case.require("Result=success" in ended, f"the initialisation did not stop when told: {ended}")
    with case.vm(image, Disk(path, snapshot=False), variables, "second") as vm:
        case.boot(vm)
        case.require("opened state disk" in vm.console.text(), "the second boot did not open the disk")
        vm.console.send(b"\r")
        case.require("file: OK" in _ask(vm, "cd /var/lib/asterism && sha256sum -c sum"), "what was written before the power cut is not there")
    case.note("data intact after a power cut, under a renewed key")
    _on_another_machine(case, image, path, key)
