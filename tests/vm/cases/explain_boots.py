# SPDX-License-Identifier: Apache-2.0
"""Every row of explain_boots.txt: altered boots, each explained by register and cause. All rows are tried; failures are told together.

EXPLAIN_BOOTS=<regex> takes some of the rows by name, and the plain boots that they are compared with.
"""

import os
import re

from asterism_vm.base import VmError
from asterism_vm.case import Case

from .explained import Explained, rows


def run(case: Case) -> None:
    boots = Explained(case)
    chosen = re.compile(os.environ.get("EXPLAIN_BOOTS", "."))
    table = [row for row in rows() if chosen.search(row.name) or set(row.alterations) <= {"off"}]
    wrong = []
    for row in table:
        try:
            boots.check(row)
        except VmError as error:
            case.note(f"FAILED {error}")
            wrong.append(str(error))
    if wrong:
        raise VmError(f"{len(wrong)} of {len(table)} boots are not explained; the first: {wrong[0]}")
    case.note(f"{len(table)} boots explained")
