# SPDX-License-Identifier: Apache-2.0
"""The release image starts with its own keys enforced, measures what was predicted, and lets nobody in."""

import re

from asterism_vm import measured, predict
from asterism_vm.base import VmError
from asterism_vm.case import Case
from asterism_vm.image import Image
from asterism_vm.machine import Disk
from asterism_vm.pcrs import Pcrs
from asterism_vm.vm import Vm

_PROMPT = re.compile(rb"login:|[Pp]assword:|Press Enter for maintenance|[#$] $")
_INPUT = b"\r\nroot\r\n\r\necho asterism-$((6*7))\r\n\x03\x04"
_ANSWER = re.compile(rb"asterism-42|login:|[Pp]assword:|[Ii]ncorrect|not found")
_SHOWN_PCRS = (4, 7, 9, 11, 12, 13, 15)
_QUIET_SECONDS = 8.0


def check_banner(case: Case, image: Image, text: str, found: Pcrs) -> None:
    """What the node says of itself must be so."""
    shown = {"version": image.version, "root hash": image.root_hash(), **{f"PCR {n}": found.of("sha256", n).hex() for n in _SHOWN_PCRS}}
    for name, value in shown.items():
        case.require(value in text, f"the banner does not show the {name} {value}")


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
        banner = vm.console.text()
        check_nobody_gets_in(vm)
        found = measured.cut_and_collect(vm)
    check_banner(case, image, banner, found)
    measured.require_equal(expected, found, what="release image, Secure Boot on")
    for bank in predict.BANKS:
        case.require(not any(found.of(bank, 15)), f"{bank} PCR 15 is {found.of(bank, 15).hex()}, though no disk was opened")
    case.note(f"{len(found.extends)} measurements, all as predicted")
