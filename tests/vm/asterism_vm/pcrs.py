# SPDX-License-Identifier: Apache-2.0
"""The PCRs of a TPM, in all banks, as arithmetic. Source: TPM 2.0 Library, Part 1, section 17; PC Client profile 4.6."""

import hashlib
from dataclasses import dataclass, field

BANKS = {0x0004: "sha1", 0x000B: "sha256", 0x000C: "sha384", 0x000D: "sha512"}
PCR_COUNT = 24


class LogError(Exception):
    """The log is not what swtpm writes, or says what cannot be; the text names the line."""


@dataclass(frozen=True)
class Extend:
    """One measurement: a digest per bank, in PCR `pcr`. `line` is the command's line in swtpm's log."""

    line: int
    pcr: int
    digests: dict[str, bytes]


def _initial(bank: str, index: int) -> bytes:
    return (b"\xff" if 17 <= index <= 22 else b"\x00") * hashlib.new(bank).digest_size


@dataclass
class Pcrs:
    """The state after the last power-on in the log."""

    values: dict[str, list[bytes]] = field(default_factory=dict)
    extends: list[Extend] = field(default_factory=list)
    started: bool = False

    def of(self, bank: str, index: int) -> bytes:
        return self.values[bank][index] if self.started else b""

    def startup(self, locality: int) -> None:
        self.values = {bank: [_initial(bank, index) for index in range(PCR_COUNT)] for bank in BANKS.values()}
        if locality == 3:  # the locality is the start value of PCR 0
            for values in self.values.values():
                values[0] = values[0][:-1] + b"\x03"
        self.extends = []
        self.started = True

    def _check(self, line: int, pcr: int) -> None:
        if not self.started:
            raise LogError(f"line {line}: PCR {pcr} changes before TPM2_Startup")
        if not 0 <= pcr < PCR_COUNT:
            raise LogError(f"line {line}: PCR {pcr} does not exist")

    def reset(self, line: int, pcr: int) -> None:
        self._check(line, pcr)
        for bank, values in self.values.items():
            values[pcr] = bytes(hashlib.new(bank).digest_size)

    def extend(self, line: int, pcr: int, digests: dict[str, bytes]) -> None:
        self._check(line, pcr)
        for bank, digest in digests.items():
            self.values[bank][pcr] = hashlib.new(bank, self.values[bank][pcr] + digest).digest()
        self.extends.append(Extend(line, pcr, digests))
