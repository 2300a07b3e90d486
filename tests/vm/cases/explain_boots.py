# SPDX-License-Identifier: Apache-2.0
"""Every row of explain_boots.txt: altered boots, each explained by register and cause."""

from asterism_vm.case import Case

from .explained import Explained, rows


def run(case: Case) -> None:
    boots = Explained(case)
    table = rows()
    for row in table:
        boots.check(row)
    case.note(f"{len(table)} boots explained")
