# SPDX-License-Identifier: Apache-2.0
"""The release image starts with its own keys enforced, measures what was predicted, and lets nobody in."""

import re

from asterism_vm import measured, predict
from asterism_vm.base import VmError
from asterism_vm.case import Case
from asterism_vm.image import Image
from asterism_vm.machine import Disk
from asterism_vm.vm import Vm

_PROMPT = re.compile(rb"login:|[Pp]assword:|Press Enter for maintenance|[#$] $")
_INPUT = b"\r\nroot\r\n\r\necho asterism-$((6*7))\r\n\x03\x04"
_ANSWER = re.compile(rb"asterism-42|login:|[Pp]assword:|[Ii]ncorrect|not found")
_QUIET_SECONDS = 8.0


def check_banner(case: Case, image: Image, vm: Vm) -> None:
    text = vm.console.text()
    case.require(image.version in text, f"the banner does not show the version {image.version}; {vm.logs()}")
    case.require(image.root_hash() in text, f"the banner does not show the root hash {image.root_hash()}; {vm.logs()}")


def check_nobody_gets_in(vm: Vm) -> None:
    """Types at the console; whatever answers within some seconds is one answer too many."""
    if vm.console.find(_PROMPT):
        raise VmError(f"the console shows a prompt; {vm.logs()}")
    vm.console.send(_INPUT)
    try:
        answer = vm.wait(_ANSWER, timeout=_QUIET_SECONDS)
    except VmError:
        return
    raise VmError(f"the console answered {_INPUT!r}, or the machine ended ({answer}); {vm.logs()}")


def run(case: Case) -> None:
    image = Image.release()
    expected = predict.of(image, secure_boot=True, variables=image.folder / "secure-boot")
    with case.vm(image, Disk(image.raw), case.variables(image.keys())) as vm:
        case.boot(vm)
        check_banner(case, image, vm)
        check_nobody_gets_in(vm)
        found = measured.cut_and_collect(vm)
    measured.require_equal(expected, found, what="release image, Secure Boot on")
    for bank in predict.BANKS:
        case.require(not any(found.of(bank, 15)), f"{bank} PCR 15 is {found.of(bank, 15).hex()}, though no disk was opened")
    case.note(f"{len(found.extends)} measurements, all as predicted")
