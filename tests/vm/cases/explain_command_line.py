# SPDX-License-Identifier: Apache-2.0
"""A plain boot is as expected in every register; one with other parameters, memory and dbx is explained as that."""

from asterism_vm.case import Case

from .explained import Explained, rows

_ROWS = ("plain", "command-line")


def run(case: Case) -> None:
    boots = Explained(case)
    for row in rows():
        if row.name in _ROWS:
            boots.check(row)
