# SPDX-License-Identifier: Apache-2.0
"""The same image on a machine that nobody has set up: Secure Boot off, other values in PCR 4 and 7, all predicted."""

from asterism_vm import measured, predict
from asterism_vm.case import Case
from asterism_vm.image import Image
from asterism_vm.machine import Disk


def run(case: Case) -> None:
    image = Image.release()
    variables = case.variables(None)
    expected = predict.of(image, secure_boot=False, variables=variables)
    with case.vm(image, Disk(image.raw), variables) as vm:
        case.boot(vm)
        found = measured.cut_and_collect(vm)
    measured.require_equal(expected, found, what="release image, Secure Boot off")
