# SPDX-License-Identifier: Apache-2.0
"""The same as state-disk-power-cuts, at fifty moments."""

from asterism_vm.case import Case

from . import state_disk_power_cuts


def run(case: Case) -> None:
    state_disk_power_cuts.cuts(case, first_boot=25, growth=25)
