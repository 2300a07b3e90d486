# SPDX-License-Identifier: Apache-2.0
"""Secure Boot starts nothing that was altered or not signed. Shared by three tests; no test itself."""

import re
from pathlib import Path

from asterism_vm.base import FIRMWARE_TIMEOUT, VmError
from asterism_vm.case import Case
from asterism_vm.image import Image
from asterism_vm.machine import Disk

LOADER = "EFI/BOOT/BOOTX64.EFI"
UKI_FOLDER = "EFI/Linux"

_REFUSED = re.compile(rb"Access [Dd]enied|Security [Vv]iolation")
_GAVE_UP = re.compile(rb"No bootable option or device was found")
_KERNEL = re.compile(rb"Linux version |systemd\[1\]|\[    0\.0000")


def check_refused(case: Case, image: Image, altered: Path) -> None:
    """The firmware must say that it refused and then give up, without a kernel having spoken."""
    with case.vm(image, Disk(altered), case.variables(image.keys())) as vm:
        seen = vm.wait(_GAVE_UP, _KERNEL, timeout=FIRMWARE_TIMEOUT)
        refused = vm.console.find(_REFUSED)
        if seen != _GAVE_UP or not refused:
            raise VmError(f"not refused: {'a kernel started' if seen == _KERNEL else 'firmware did not say why'}; {vm.logs()}")
        line = next(line for line in vm.console.text().splitlines() if _REFUSED.search(line.encode()))
        case.note(f"refused {vm.seconds():.0f} s after power-on: {line.strip()}")
