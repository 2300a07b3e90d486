# SPDX-License-Identifier: Apache-2.0
"""The UKI without its signature is not started by the signed loader."""

from asterism_vm.case import Case

from .refusal import UKI_FOLDER
from .unsigned import check_unsigned_is_refused


def run(case: Case) -> None:
    check_unsigned_is_refused(case, UKI_FOLDER)
