# SPDX-License-Identifier: Apache-2.0
"""Reads what swtpm logs at level 20: every control message and every TPM command with its response.

    <spaces>SWTPM_IO_Read: length 12          a command from the guest
    <spaces>80 01 00 00 00 0C 00 00 01 44 00 00
    <spaces>SWTPM_IO_Write: length 10         its response
    <spaces>80 01 00 00 00 0A 00 00 00 00

"Ctrl Cmd" and "Ctrl Rsp" are QEMU's side channel: power-on of the TPM, locality. Whatever does not read like
this is refused, since a line passed over could be a measurement passed over.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .pcrs import LogError

_HEADER = re.compile(r"^ *(Ctrl Cmd|Ctrl Rsp|SWTPM_IO_Read|SWTPM_IO_Write): length (\d{1,5})$")
_HEX = re.compile(r"^ *(?:[0-9A-F]{2} ?)+$")
_NOTES = ("Data client disconnected", "Ctrl client disconnected")
_MAX_MESSAGE = 8192  # libtpms: 4096 bytes for TPM commands; control messages are shorter
_MAX_LINES = 4_000_000


@dataclass(frozen=True)
class Message:
    """One message: kind is "Ctrl Cmd", "Ctrl Rsp", "SWTPM_IO_Read" or "SWTPM_IO_Write"; line is its header's."""

    line: int
    kind: str
    data: bytes


@dataclass(frozen=True)
class Exchange:
    """A request and its response. `control`: on QEMU's side channel, not a TPM command."""

    line: int
    control: bool
    request: bytes
    response: bytes


def messages(lines: Iterable[str]) -> Iterator[Message]:
    header: tuple[int, str, int] | None = None
    data = bytearray()
    for number, raw in enumerate(lines, 1):
        line = raw.rstrip("\r\n").rstrip(" ")
        if number > _MAX_LINES:
            raise LogError(f"line {number}: more than {_MAX_LINES} lines")
        if header and len(data) < header[2]:
            if not _HEX.match(line):
                raise LogError(f"line {number}: {len(data)} of {header[2]} bytes read, and no hexadecimal bytes follow")
            data += bytes.fromhex(line)
            if len(data) > header[2]:
                raise LogError(f"line {number}: more than the {header[2]} bytes that line {header[0]} announced")
            if len(data) == header[2]:
                yield Message(header[0], header[1], bytes(data))
                header = None
            continue
        if line.strip() in _NOTES:
            continue
        match = _HEADER.match(line)
        if not match:
            raise LogError(f"line {number}: not a message header: {line[:60]!r}")
        length = int(match[2])
        if not 0 < length <= _MAX_MESSAGE:
            raise LogError(f"line {number}: a message of {length} bytes; 1 to {_MAX_MESSAGE} are possible")
        header, data = (number, match[1], length), bytearray()
    if header:
        raise LogError(f"end of log after {len(data)} of the {header[2]} bytes that line {header[0]} announced")


def exchanges(lines: Iterable[str]) -> Iterator[Exchange]:
    """Pairs requests with responses. A TPM command that was still running at the end of the log is left out."""
    pending: Message | None = None
    for message in messages(lines):
        request = message.kind in ("Ctrl Cmd", "SWTPM_IO_Read")
        if request:
            if pending and pending.kind == message.kind:
                raise LogError(f"line {message.line}: a second {message.kind} before the response to line {pending.line}")
            if pending:
                raise LogError(f"line {message.line}: {message.kind} inside the exchange of line {pending.line}")
            pending = message
            continue
        control = message.kind == "Ctrl Rsp"
        if not pending or (pending.kind == "Ctrl Cmd") != control:
            raise LogError(f"line {message.line}: {message.kind} answers nothing")
        yield Exchange(pending.line, control, pending.data, message.data)
        pending = None
