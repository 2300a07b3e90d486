# SPDX-License-Identifier: Apache-2.0
"""The debug profile measures what was predicted for it, and nothing that the release image measures could be mistaken for it."""

from asterism_vm import measured, predict
from asterism_vm.case import Case
from asterism_vm.image import Image
from asterism_vm.machine import Disk

# What identifies an image; policies bind to these.
_IDENTITY = (4, 9, 11)


def run(case: Case) -> None:
    image = Image.debug()
    expected, release = (
        predict.of(each, secure_boot=True, variables=each.folder / "secure-boot") for each in (image, Image.release())
    )
    for bank in predict.BANKS:
        for index in _IDENTITY:
            case.require(expected.values[bank][index] != release.values[bank][index], f"{bank} PCR {index} is the same for debug and release images")
    with case.vm(image, Disk(image.raw), case.variables(image.keys())) as vm:
        case.boot(vm)
        found = measured.cut_and_collect(vm)
    measured.require_equal(expected, found, what="debug image, Secure Boot on")
