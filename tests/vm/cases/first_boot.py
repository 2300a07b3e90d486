# SPDX-License-Identifier: Apache-2.0
"""First boot on a larger disk makes slot B and the state disk, and the boot is counted as good; the second opens the disk and changes nothing."""

import re

from asterism_vm import disk, measured, predict
from asterism_vm.case import Case
from asterism_vm.image import Image
from asterism_vm.machine import Disk
from asterism_vm.vm import Vm

from .refusal import UKI_FOLDER

_SIZE = 6 << 30
_NEW = ("root-b", "root-b-verity", "state")
_STATE = re.compile(r"disk-mapper: (made|opened) state disk (\S+) \(([0-9a-f-]{36})\) in (\d+) ms")
_PCR_15 = re.compile(r"PCR 15 +([0-9a-f]{64})")
_TAIL = 2 << 20  # alignment, and the backup of the partition table


def _state_of(case: Case, vm: Vm, expected: str) -> tuple[str, str]:
    """Identity of the state disk and PCR 15, which names it, as the console shows them."""
    text = vm.console.text()
    said, pcr = _STATE.search(text), _PCR_15.search(text)
    case.require(bool(said) and said[1] == expected, f"the state disk was not {expected}: {said and said[0]}")
    case.require(bool(pcr) and int(pcr[1], 16) != 0, "the state disk was not measured into PCR 15")
    case.require("asterism-state-disk      active" in text, "the banner does not show the state disk's service as active")
    case.note(said[0])
    return said[3], pcr[1]


def run(case: Case) -> None:
    image = Image.release()
    grown = disk.copy(image.raw, case.folder / "disk.raw", size=_SIZE)
    variables = case.variables(image.keys())
    before = disk.partitions(grown)
    (shipped,) = disk.Esp(grown).list(UKI_FOLDER)
    case.require(shipped == f"asterism_{image.version}+3.efi", f"the UKI is shipped as {shipped}, without boot counting")

    with case.vm(image, Disk(grown, snapshot=False), variables, "first") as vm:
        case.boot(vm)
        made = _state_of(case, vm, "made")
        vm.shutdown()
        case.note(f"off {vm.seconds():.0f} s after power-on")
    first = disk.partitions(grown)
    for label, partition in before.items():
        case.require(first.get(label) == partition, f"the first boot changed partition {label}: {partition} -> {first.get(label)}")
    case.require(set(first) == {*before, *_NEW}, f"after the first boot the partitions are {', '.join(first)}")
    for new, model in (("root-b", "root-a"), ("root-b-verity", "root-a-verity")):
        old = disk.find(grown, model)
        case.require((first[new].size, first[new].type) == (old.size, old.type), f"{new} is not like {model}: {first[new]}")
    end = first["state"].start + first["state"].size
    case.require(_SIZE - _TAIL <= end <= _SIZE, f"the state partition ends at byte {end} of {_SIZE}")
    after = disk.Esp(grown).list(UKI_FOLDER)
    case.require(after == [f"asterism_{image.version}.efi"], f"after a good boot the UKI's name is {after}, not free of its counter")
    case.note(f"made {', '.join(_NEW)}; UKI is now {after[0]}")

    with case.vm(image, Disk(grown, snapshot=False), variables, "second") as vm:
        case.boot(vm)
        case.require(_state_of(case, vm, "opened") == made, "the second boot opened another state disk, or measured it in another way")
        found = measured.cut_and_collect(vm)
    expected = predict.of(image, secure_boot=True, variables=image.folder / "secure-boot")
    for bank in predict.BANKS:
        expected.values[bank].pop(15)  # the node's own
    measured.require_equal(expected, found, what="node with a state disk")
    case.require(disk.partitions(grown) == first, "the second boot changed the partition table")
    case.require(disk.Esp(grown).list(UKI_FOLDER) == after, "the second boot renamed the UKI")
