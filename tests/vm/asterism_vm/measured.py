# SPDX-License-Identifier: Apache-2.0
"""Compares what a boot measured with what was predicted, and explains every difference."""

from collections.abc import Mapping

from .base import VmError
from .pcrs import Pcrs
from .vm import Vm

BANKS = ("sha256", "sha384")

# bank -> PCR -> value
Values = Mapping[str, Mapping[int, bytes]]


def cut_and_collect(vm: Vm) -> Pcrs:
    """Cuts the power and gives the PCRs as they were, from two sources that must agree: the TPM and its log."""
    vm.power_cut()
    read = vm.tpm.read_pcrs(BANKS)
    vm.tpm.stop()
    replayed = vm.tpm.replayed()
    for bank in BANKS:
        for index, value in enumerate(read[bank]):
            if value != replayed.of(bank, index):
                raise VmError(
                    f"{bank} PCR {index}: the TPM holds {value.hex()}, its log replays to {replayed.of(bank, index).hex()}; log: {vm.tpm.log}"
                )
    return replayed


def differences(expected: Values, found: Pcrs) -> list[str]:
    """A line per PCR that is not as expected, followed by the extends that made it what it is."""
    lines = []
    for bank, pcrs in expected.items():
        for index, value in sorted(pcrs.items()):
            if found.of(bank, index) == value:
                continue
            lines.append(f"{bank} PCR {index}: expected {value.hex()}, found {found.of(bank, index).hex()}, from")
            extends = [item for item in found.extends if item.pcr == index]
            lines += [f"    line {item.line}: {item.digests[bank].hex() if bank in item.digests else '(not in this bank)'}" for item in extends]
            lines += [] if extends else ["    no extend at all"]
    return lines


def require_equal(expected: Values, found: Pcrs, *, what: str) -> None:
    lines = differences(expected, found)
    if lines:
        raise VmError(f"{what}: {sum(not line.startswith(' ') for line in lines)} PCRs are not as predicted\n" + "\n".join(lines))
