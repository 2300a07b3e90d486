# SPDX-License-Identifier: Apache-2.0
"""The serial line of a machine: everything that came is kept, written to a file, and can be searched."""

import re
import socket
from pathlib import Path

from .base import VmError

_MAX_BYTES = 32 << 20
_OVERLAP = 65536  # no pattern matches more than this
_CONTROL_SEQUENCES = re.compile(rb"\x1b(?:\[[0-9;?=]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][0-9A-B]|[=>78cDEHM])")


class Console:
    def __init__(self, connection: socket.socket, log: Path):
        self._connection = connection
        self._file = log.open("wb")
        self._searched: dict[re.Pattern[bytes], int] = {}
        self._buffer = bytearray()
        self.log = log
        self.closed = False

    def fileno(self) -> int:
        return self._connection.fileno()

    def pump(self) -> None:
        """Takes in what has arrived; call when the connection is readable."""
        try:
            data = self._connection.recv(65536)
        except ConnectionResetError:
            data = b""
        if not data:
            self.closed = True
        self._file.write(data)
        self._file.flush()
        self._buffer += data
        if len(self._buffer) > _MAX_BYTES:
            raise VmError(f"the console wrote more than {_MAX_BYTES >> 20} MiB: {self.log}")

    def find(self, pattern: re.Pattern[bytes]) -> re.Match[bytes] | None:
        """The first match in all that came; repeated calls search each byte once."""
        match = pattern.search(self._buffer, self._searched.get(pattern, 0))
        if not match:
            self._searched[pattern] = max(0, len(self._buffer) - _OVERLAP)
        return match

    def text(self) -> str:
        """All that came, without the terminal's control sequences."""
        return _CONTROL_SEQUENCES.sub(b"", bytes(self._buffer)).decode(errors="replace").replace("\r", "")

    def __len__(self) -> int:
        return len(self._buffer)

    def since(self, mark: int) -> bytes:
        return bytes(self._buffer[mark:])

    def last_line(self) -> str:
        lines = [line.strip() for line in self.text()[-2000:].splitlines() if line.strip()]
        return lines[-1][:160] if lines else "(nothing)"

    def send(self, data: bytes) -> None:
        self._connection.sendall(data)

    def close(self) -> None:
        self._connection.close()
        self._file.close()
