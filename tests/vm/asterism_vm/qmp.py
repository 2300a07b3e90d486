# SPDX-License-Identifier: Apache-2.0
"""QEMU's control connection: commands, and the events that say why a machine stopped."""

import json
import socket

from .base import VmError

_MAX_LINE = 1 << 20
_TIMEOUT = 30.0


class Qmp:
    """Speaks over one end of a socket pair; QEMU holds the other. `events` collects all events, oldest first."""

    def __init__(self, connection: socket.socket):
        self._connection = connection
        self._buffer = b""
        self.events: list[dict] = []
        self.closed = False

    def fileno(self) -> int:
        return self._connection.fileno()

    def _messages(self) -> list[dict]:
        """Reads what has arrived; an empty list with `closed` set at the end of the connection."""
        try:
            data = self._connection.recv(65536)
        except ConnectionResetError:
            data = b""
        if not data:
            self.closed = True
        self._buffer += data
        if len(self._buffer) > _MAX_LINE:
            raise VmError(f"QEMU: a control message of more than {_MAX_LINE} bytes")
        *lines, self._buffer = self._buffer.split(b"\n")
        found = [json.loads(line) for line in lines if line.strip()]
        self.events += [message for message in found if "event" in message]
        return [message for message in found if "event" not in message]

    def pump(self) -> None:
        """Takes in events; call when the connection is readable."""
        self._messages()

    def execute(self, command: str, arguments: dict | None = None) -> dict:
        """Runs a command and returns its result. Raises VmError when QEMU refuses, ends, or does not answer in time."""
        self._connection.settimeout(_TIMEOUT)
        try:
            message = {"execute": command} | ({"arguments": arguments} if arguments else {})
            self._connection.sendall(json.dumps(message).encode() + b"\n")
            while not self.closed:
                for message in self._messages():
                    if "error" in message:
                        raise VmError(f"QEMU: {command}: {message['error'].get('desc')}")
                    if "return" in message:
                        return message["return"]
        except (BrokenPipeError, TimeoutError) as error:
            raise VmError(f"QEMU: no answer to {command}: {error}") from None
        raise VmError(f"QEMU: ended before it answered {command}")

    def stop_reason(self) -> str | None:
        """Why the machine stopped, in QEMU's words ("guest-reset", "guest-shutdown", "guest-panic"); None if it did not say."""
        reasons = [event["data"].get("reason") for event in self.events if event["event"] == "SHUTDOWN"]
        return reasons[-1] if reasons else None

    def close(self) -> None:
        self._connection.close()
