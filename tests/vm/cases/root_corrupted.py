# SPDX-License-Identifier: Apache-2.0
"""A byte of the root slot is inverted, in the first block of the program that every boot starts."""

import re

from asterism_vm import disk
from asterism_vm.base import VmError, tool
from asterism_vm.case import Case
from asterism_vm.image import Image

from .corruption import check_node_stops

_PROGRAM = "/usr/lib/systemd/systemd"
# "   0:        0..  131072 |  131072 :   4096..  53248 |   49152  # 0"; the second range is the physical one
_EXTENT = re.compile(r"^\s*\d+:\s*\d+\.\.\s*\d+\s*\|\s*\d+\s*:\s*(\d+)\.\.\s*(\d+)", re.MULTILINE)


def run(case: Case) -> None:
    image = Image.release()
    listing = tool(["dump.erofs", "-e", f"--path={_PROGRAM}", image.file("root.raw")], what=f"locating {_PROGRAM}").decode()
    extent = _EXTENT.search(listing)
    if not extent:
        raise VmError(f"locating {_PROGRAM}: no extent in the output of dump.erofs")
    altered = disk.copy(image.raw, case.folder / "disk.raw")
    within = (int(extent[1]) + int(extent[2])) // 2
    check_node_stops(case, image, altered, disk.find(altered, "root-a").start + within, f"byte {within} of root-a, in {_PROGRAM}")
