# SPDX-License-Identifier: Apache-2.0
"""The plug is pulled at moments spread over the first boot and over growth; what was acknowledged is there afterwards."""

import random
import re

from asterism_vm import state_disk
from asterism_vm.case import Case

_GIB = 1 << 30
_SEED = 20250711


def cuts(case: Case, first_boot: int, growth: int) -> None:
    """first_boot, growth: how many cuts of each."""
    node = state_disk.Node(case)
    chance = random.Random(_SEED)
    node.new_disk(_GIB)
    made_in = node.time_of_first_boot()
    for number in range(first_boot):
        node.new_disk(_GIB)
        delay = made_in * (number + chance.random()) / first_boot
        node.cut(state_disk.WRITE, re.compile(rb"guest: opening"), delay)
        after = node.boot(state_disk.WRITE)
        case.require("state disk" in after and "error" not in after, f"cut {delay:.2f} s into the first boot: {state_disk.said(after)}")
        case.require("data: intact" in node.boot(state_disk.READ), f"cut {delay:.2f} s into the first boot: data lost afterwards")
        case.note(f"first boot cut after {delay:.2f} s: {state_disk.said(after)}")
    node.new_disk(_GIB)
    node.boot(state_disk.WRITE)
    for number in range(growth):
        delay = 0.3 + 6 * chance.random()
        acknowledged = node.cut(state_disk.GROW_AND_WRITE, re.compile(rb"guest: growing"), delay)
        after = node.boot(state_disk.READ)
        case.require("data: intact" in after and "file system: clean" in after, f"cut {delay:.2f} s into growth: {state_disk.said(after)}")
        kept = int(re.search(r"counter: (\d+)", after)[1])
        case.require(kept >= acknowledged, f"{acknowledged} was acknowledged, {kept} is there")
        case.note(f"growth cut after {delay:.2f} s: {acknowledged} acknowledged, {kept} there")


def run(case: Case) -> None:
    cuts(case, first_boot=1, growth=1)
