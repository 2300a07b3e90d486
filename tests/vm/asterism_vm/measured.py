# SPDX-License-Identifier: Apache-2.0
"""Compares what a boot measured with what was predicted, and explains every difference."""

from .base import VmError
from .pcrs import Pcrs
from .predict import BANKS, Prediction
from .vm import Vm


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


def _explain(expected: Prediction, found: Pcrs, bank: str, index: int) -> list[str]:
    """The PCR's extends in order, each with the name that the prediction has for it, then what never came."""
    names = [(event.digests[bank], event.what) for event in expected.events if event.pcr == index]
    lines = []
    for item in (item for item in found.extends if item.pcr == index):
        digest = item.digests.get(bank, b"")
        known = next((name for name in names if name[0] == digest), None)
        if known:
            names.remove(known)
        lines.append(f"    line {item.line}: {digest.hex() or '(not in this bank)'}  {known[1] if known else 'NOT PREDICTED'}")
    return lines + [f"    NEVER CAME: {digest.hex()}  {what}" for digest, what in names]


def differences(expected: Prediction, found: Pcrs) -> dict[int, list[str]]:
    """For each PCR that is not as expected, lines that show it per bank and explain it once; empty if all agree."""
    lines: dict[int, list[str]] = {}
    for index in sorted({index for values in expected.values.values() for index in values}):
        wrong = [bank for bank in BANKS if found.of(bank, index) != expected.values[bank][index]]
        if wrong:
            lines[index] = [
                f"PCR {index} {bank}: expected {expected.values[bank][index].hex()}, found {found.of(bank, index).hex()}" for bank in wrong
            ]
            lines[index] += _explain(expected, found, wrong[0], index)
    return lines


def require_equal(expected: Prediction, found: Pcrs, *, what: str) -> None:
    lines = differences(expected, found)
    if lines:
        which = ", ".join(map(str, lines))
        raise VmError(f"{what}: not as predicted: PCR {which}\n" + "\n".join(line for group in lines.values() for line in group))
