# SPDX-License-Identifier: Apache-2.0
"""The boot loader without its signature is not started by the firmware."""

from asterism_vm.case import Case

from .refusal import LOADER
from .unsigned import check_unsigned_is_refused


def run(case: Case) -> None:
    check_unsigned_is_refused(case, *LOADER.rsplit("/", 1))
