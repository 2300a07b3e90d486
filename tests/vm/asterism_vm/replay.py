# SPDX-License-Identifier: Apache-2.0
"""Computes the PCRs of every bank from the TPM commands in swtpm's log, without trusting the guest.

Only commands that the TPM answered with success count. What changes PCRs and is not understood here (a dynamic
launch, a resume from sleep) is an error, never a guess. Source: TPM 2.0 Library, Part 3, sections 9 and 22.
"""

import hashlib
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field

from .swtpm_log import Exchange, LogError

BANKS = {0x0004: "sha1", 0x000B: "sha256", 0x000C: "sha384", 0x000D: "sha512"}
PCR_COUNT = 24

_STARTUP, _PCR_EXTEND, _PCR_EVENT, _PCR_RESET, _EVENT_SEQUENCE_COMPLETE = 0x144, 0x182, 0x13C, 0x13D, 0x185
_CTRL_INIT, _CTRL_SET_LOCALITY, _CTRL_HASH_START = 2, 5, 6
_NULL_HANDLE = 0x40000007
_SESSIONS = 0x8002


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


class _Reader:
    def __init__(self, line: int, data: bytes, offset: int = 0):
        self.line, self.data, self.offset = line, data, offset

    def bytes(self, count: int) -> bytes:
        if count > len(self.data) - self.offset:
            raise LogError(f"line {self.line}: the message ends after {len(self.data)} bytes, inside a field")
        self.offset += count
        return self.data[self.offset - count : self.offset]

    def u16(self) -> int:
        return struct.unpack(">H", self.bytes(2))[0]

    def u32(self) -> int:
        return struct.unpack(">I", self.bytes(4))[0]

    def digests(self) -> dict[str, bytes]:
        """TPML_DIGEST_VALUES, to the end of the message."""
        count, found = self.u32(), {}
        for _ in range(count):
            bank = BANKS.get(algorithm := self.u16())
            if not bank or bank in found:
                raise LogError(f"line {self.line}: digest algorithm 0x{algorithm:04x} is unknown or given twice")
            found[bank] = self.bytes(hashlib.new(bank).digest_size)
        return found

    def end(self) -> None:
        if self.offset != len(self.data):
            raise LogError(f"line {self.line}: {len(self.data) - self.offset} bytes too many at the end of the message")


def _command(pcrs: Pcrs, item: Exchange, locality: int) -> None:
    request, response = _Reader(item.line, item.request), _Reader(item.line, item.response)
    tag, size, code = request.u16(), request.u32(), request.u32()
    response_tag, response_size, result = response.u16(), response.u32(), response.u32()
    if size != len(item.request) or response_size != len(item.response):
        raise LogError(f"line {item.line}: a TPM message whose size field is not its size")
    if result != 0:
        return
    if code == _STARTUP:
        if request.u16() != 0:
            raise LogError(f"line {item.line}: TPM2_Startup(STATE): resuming from sleep is not replayed here")
        pcrs.startup(locality)
    elif code in (_PCR_EXTEND, _PCR_EVENT, _PCR_RESET, _EVENT_SEQUENCE_COMPLETE):
        pcr = request.u32()
        if code == _EVENT_SEQUENCE_COMPLETE:
            request.u32()
        if tag != _SESSIONS or response_tag != _SESSIONS:
            raise LogError(f"line {item.line}: a TPM command that changes PCRs without an authorisation area")
        if code == _PCR_EXTEND:
            request.bytes(request.u32())
            digests = request.digests()
            request.end()
        elif code == _PCR_RESET:
            pcrs.reset(item.line, pcr)
            return
        else:  # the TPM hashed the data itself: its response holds the digests
            body = _Reader(item.line, response.bytes(response.u32()))
            digests = body.digests()
            body.end()
        if pcr != _NULL_HANDLE:
            pcrs.extend(item.line, pcr, digests)


def replay(items: Iterable[Exchange]) -> Pcrs:
    pcrs, locality = Pcrs(), 0
    for item in items:
        if not item.control:
            _command(pcrs, item, locality)
            continue
        request = _Reader(item.line, item.request)
        code = request.u32()
        if code == _CTRL_INIT:
            pcrs = Pcrs()
        elif code == _CTRL_SET_LOCALITY:
            locality = request.bytes(1)[0]
        elif code == _CTRL_HASH_START:
            raise LogError(f"line {item.line}: a dynamic launch: not replayed here")
    return pcrs
