# SPDX-License-Identifier: Apache-2.0
"""The state disk on the image's kernel: made, opened again, grown, refused. The key lies on a disk of its own."""

import os
import re
from pathlib import Path

from asterism_vm import state_disk
from asterism_vm.case import Case

_GIB = 1 << 30


def _seconds(text: str) -> float:
    return int(re.search(r"state disk .* in (\d+) ms", text)[1]) / 1000


def run(case: Case) -> None:
    node = state_disk.Node(case)
    times = {}
    for size in (16 * _GIB, 1024 * _GIB):
        node.new_disk(size)
        first = node.boot(state_disk.WRITE)
        case.require("made state disk" in first, "the first boot did not make the state disk")
        times[size] = _seconds(first)
        second = node.boot(state_disk.READ)
        case.require("opened state disk" in second and "data: intact" in second, "the second boot did not find the data")
        case.require("file system: clean" in second, "e2fsck found something")
        case.note(f"{size // _GIB} GiB: made in {times[size]:.1f} s, opened in {_seconds(second):.1f} s")
    case.require(times[1024 * _GIB] < 3 * times[16 * _GIB] + 2, f"time grows with the disk: {times}")

    node.new_disk(2 * _GIB)
    node.boot(state_disk.WRITE)
    grown = node.boot(state_disk.GROW)
    case.require("data: intact" in grown and "(100 %)" in grown, "the disk was not initialised to its end")
    before = int(re.search(r"blocks: (\d+)", grown)[1])
    os.truncate(node.disk, 4 * _GIB)
    grown = node.boot(state_disk.GROW)
    after = int(re.search(r"blocks: (\d+)", grown)[1])
    case.require("data: intact" in grown and "(100 %)" in grown, "the enlarged disk was not initialised to its end")
    case.require(after > before + 400_000, f"the file system has {after} blocks after the disk grew, {before} before")
    case.note(f"2 GiB initialised whole: {before} blocks; enlarged to 4 GiB: {after}")
