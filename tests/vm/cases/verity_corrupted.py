# SPDX-License-Identifier: Apache-2.0
"""A byte of the hash tree is inverted, in its top block, on which every read depends."""

from asterism_vm import disk
from asterism_vm.case import Case
from asterism_vm.image import Image

from .corruption import check_node_stops

_SUPERBLOCK = 4096  # the top block of the tree follows


def run(case: Case) -> None:
    image = Image.release()
    altered = disk.copy(image.raw, case.folder / "disk.raw")
    offset = disk.find(altered, "root-a-verity").start + _SUPERBLOCK + 7
    check_node_stops(case, image, altered, offset, f"byte {_SUPERBLOCK + 7} of root-a-verity, in the top block of the hash tree")
