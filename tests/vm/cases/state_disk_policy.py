# SPDX-License-Identifier: Apache-2.0
"""Which image, with what beside it, opens the state disk that one node made: the release image's kernel, initramfs and agent, and its TPM.

The UKIs are put together from the built one's sections and signed by keys of the test, so that there are several security versions.
"""

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from asterism_vm import accelerator, disk
from asterism_vm.base import READY_TIMEOUT
from asterism_vm.case import Case
from asterism_vm.image import Image
from asterism_vm.machine import Disk, Machine
from asterism_vm.uki import Parts, PolicyKey
from asterism_vm.vm import Vm

from .refusal import UKI_FOLDER

_SIZE = 4 << 30
_SAID = re.compile(rb"disk-mapper: (error|made|opened)[^\n]*\n")
_MADE, _OPENED = "made state disk", "opened state disk"


@dataclass(frozen=True)
class Row:
    name: str
    uki: str
    expected: str
    beside: Callable[["_Node"], None] | None = None
    other_tpm: bool = False
    keep: bool = False  # else the disk is as before


class _Node:
    def __init__(self, case: Case):
        self.case, self.image = case, Image.release()
        ours, theirs = (PolicyKey.make(case.folder, name) for name in ("ours", "theirs"))
        parts = Parts(self.image, case.folder / "parts")
        self.ukis = {
            "version 1": parts.signed("v1", ours, 1, 1),
            "version 2": parts.signed("v2", ours, 2, 2),
            "other key": parts.signed("other", theirs, 1, 1),
        }
        altered = bytearray(self.ukis["version 1"].read_bytes())
        at = altered.rindex(b"VERSION_ID=") + len("VERSION_ID=")
        altered[at + 1] ^= 1
        self.ukis["altered"] = case.folder / "altered.efi"
        self.ukis["altered"].write_bytes(altered)
        self.kept = disk.copy(self.image.raw, case.folder / "kept.raw", size=_SIZE)
        self.disk = case.folder / "disk.raw"
        self.boots = 0

    def put(self, name: str, content: bytes) -> None:
        file = self.case.folder / "content"
        file.write_bytes(content)
        disk.Esp(self.disk).write(name, file)

    def folder(self, name: str) -> None:
        disk.Esp(self.disk).make_folder(name)

    def boot(self, row: Row) -> str:
        disk.copy(self.kept, self.disk)
        (name,) = disk.Esp(self.disk).list(UKI_FOLDER)  # boot counting renames it
        disk.Esp(self.disk).write(f"{UKI_FOLDER}/{name}", self.ukis[row.uki])
        # systemd-stub leaves the counter out when it looks for what belongs to the UKI.
        self.beside_uki = f"{UKI_FOLDER}/{re.sub(r'[+][0-9]+(-[0-9]+)?(?=[.]efi$)', '', name)}.extra.d"
        if row.beside:
            row.beside(self)
        place = self.case.folder / ("other-machine" if row.other_tpm else "machine")
        place.mkdir(exist_ok=True)
        variables = self.case.variables(None, f"variables-{self.boots}.fd")
        machine = Machine(Disk(self.disk, snapshot=False), variables, accelerator=accelerator.choose(self.image.file("efi")))
        self.boots += 1
        with Vm(machine, place, str(self.boots)) as vm:
            vm.expect(_SAID, READY_TIMEOUT)
            if row.keep:
                vm.expect()
                vm.shutdown()
            said = _SAID.search(vm.console.text().encode())
        if row.keep:
            shutil.move(self.disk, self.kept)
        return said[0].decode().strip() if said else ""


def _credential(node: _Node) -> None:
    node.folder("loader/credentials")
    node.put("loader/credentials/test.cred", b"not encrypted, and nobody reads it")


def _extension(node: _Node) -> None:
    node.folder(node.beside_uki)
    node.put(f"{node.beside_uki}/test.sysext.raw", b"no image, but the stub passes it on")


_ROWS = [
    Row("first boot", "version 1", _MADE, keep=True),
    Row("same image", "version 1", _OPENED),
    Row("a credential on the ESP", "version 1", "PCR 12 is not as signed", beside=_credential),
    Row("a system extension on the ESP", "version 1", "PCR 13 is not as signed", beside=_extension),
    Row("image altered after it was signed", "altered", "PCR 11 is not as signed"),
    Row("image of another policy key", "other key", "was defined by somebody else"),
    Row("another TPM", "version 1", "no record", other_tpm=True),
    Row("newer image, which raises the floor", "version 2", _OPENED),
    Row("older image, now below the floor", "version 1", "the floor of this TPM is 2, above security version 1"),
    Row("newer image again", "version 2", _OPENED),
]


def run(case: Case) -> None:
    node = _Node(case)
    for row in _ROWS:
        said = node.boot(row)
        case.require(row.expected in said, f"{row.name}: expected {row.expected!r}, the node said: {said}")
        case.note(f"{row.name}: {said}")
