# SPDX-License-Identifier: Apache-2.0
"""Computes the PCRs of every bank from the TPM commands in swtpm's log, without trusting the guest.

Only commands that the TPM answered with success count. What changes PCRs and is not understood here (a dynamic
launch, a resume from sleep) is an error, never a guess. Source: TPM 2.0 Library, Part 3, sections 9 and 22.
"""

import hashlib
import struct
from collections.abc import Iterable

from .pcrs import BANKS, PCR_COUNT, LogError, Pcrs
from .swtpm_log import Exchange

_STARTUP, _PCR_READ, _PCR_EXTEND, _PCR_EVENT, _PCR_RESET, _EVENT_SEQUENCE_COMPLETE = 0x144, 0x17E, 0x182, 0x13C, 0x13D, 0x185
_CTRL_INIT, _CTRL_SET_LOCALITY, _CTRL_HASH_START = 2, 5, 6
_NULL_HANDLE = 0x40000007
_SESSIONS = 0x8002


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


def _check_read(pcrs: Pcrs, line: int, response: _Reader) -> None:
    """The TPM's own word on a PCR must be what the replay says; anything else is a mistake in one of them."""
    response.u32()  # update counter
    wanted = []
    for _ in range(response.u32()):
        bank = BANKS.get(algorithm := response.u16())
        if not bank:
            raise LogError(f"line {line}: the TPM reads a bank of unknown algorithm 0x{algorithm:04x}")
        selected = int.from_bytes(response.bytes(response.bytes(1)[0]), "little")
        wanted += [(bank, index) for index in range(PCR_COUNT) if selected >> index & 1]
    if response.u32() != len(wanted):
        raise LogError(f"line {line}: the TPM returns another number of PCRs than it selects")
    for bank, index in wanted:
        value = response.bytes(response.u16())
        if value != pcrs.of(bank, index):
            raise LogError(f"line {line}: the TPM reads {bank} PCR {index} as {value.hex()}, the replay as {pcrs.of(bank, index).hex()}")


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
    elif code == _PCR_READ:
        if response_tag == _SESSIONS:
            response.u32()
        _check_read(pcrs, item.line, response)
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
