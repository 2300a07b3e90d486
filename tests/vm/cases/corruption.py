# SPDX-License-Identifier: Apache-2.0
"""One inverted byte below dm-verity stops the node. Shared by the two tests; no test itself."""

import re
from pathlib import Path

from asterism_vm import disk
from asterism_vm.base import STOP_TIMEOUT, VmError
from asterism_vm.case import Case
from asterism_vm.image import Image
from asterism_vm.machine import Disk

_STOPPED = re.compile(rb"Kernel panic - not syncing: dm-verity device corrupted|device-mapper: verity: [^\r\n]* is corrupted")


def check_node_stops(case: Case, image: Image, altered: Path, offset: int, where: str) -> None:
    """altered: a private copy of the image's disk; offset: of the byte to invert, from the start of the disk."""
    before, after = disk.flip(altered, offset)
    case.note(f"byte {offset} of the disk, {where}: 0x{before:02x} -> 0x{after:02x}")
    with case.vm(image, Disk(altered), case.variables(image.keys())) as vm:
        reason = vm.expect_end(timeout=STOP_TIMEOUT)
        if not vm.console.find(_STOPPED):
            raise VmError(f"the machine ended ({reason}), but not because dm-verity found the altered block; {vm.logs()}")
        if reason != "guest-reset":
            raise VmError(f"the machine ended by {reason}, not by a restart; {vm.logs()}")
        case.note(f"stopped {vm.seconds():.0f} s after power-on")
