# SPDX-License-Identifier: Apache-2.0
"""Who stands between two parties of a TCP connection: keeps what both say, and says it again."""

import abc
import contextlib
import selectors
import socket
import threading
from dataclasses import dataclass, field

from .base import VmError

_PIECE = 65536
_TIMEOUT = 60.0


@dataclass
class Conversation:
    client: bytearray = field(default_factory=bytearray)
    server: bytearray = field(default_factory=bytearray)


class _Listener(abc.ABC):
    """Use as a context manager; takes one visitor at a time, on a port of the loopback address."""

    def __init__(self, port: int):
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
        self._thread.join(_TIMEOUT)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                visitor, _ = self._listener.accept()
            except OSError:
                return
            visitor.settimeout(_TIMEOUT)
            with visitor, contextlib.suppress(OSError):
                self._meet(visitor)

    @abc.abstractmethod
    def _meet(self, visitor: socket.socket) -> None:
        """All that happens on one connection, which is closed afterwards; an OSError ends that connection alone."""


class Recorder(_Listener):
    """Passes everything on to the port `target` and back, unchanged."""

    def __init__(self, port: int, target: int):
        super().__init__(port)
        self._target = target
        self.conversations: list[Conversation] = []

    def _meet(self, visitor: socket.socket) -> None:
        said = Conversation()
        self.conversations.append(said)
        with socket.create_connection(("127.0.0.1", self._target), _TIMEOUT) as server, selectors.DefaultSelector() as selector:
            selector.register(visitor, selectors.EVENT_READ, (server, said.client))
            selector.register(server, selectors.EVENT_READ, (visitor, said.server))
            while selector.get_map():
                for key, _ in selector.select():
                    other, kept = key.data
                    piece = key.fileobj.recv(_PIECE)
                    kept += piece
                    if piece:
                        other.sendall(piece)
                    else:
                        selector.unregister(key.fileobj)
                        other.shutdown(socket.SHUT_WR)


class Impostor(_Listener):
    """Says to every visitor what a server once said to another one, whatever the visitor says."""

    def __init__(self, port: int, server: bytes):
        super().__init__(port)
        self._server = bytes(server)
        self.visitors = 0

    def _meet(self, visitor: socket.socket) -> None:
        self.visitors += 1
        visitor.sendall(self._server)
        while visitor.recv(_PIECE):
            pass


def say_again(port: int, client: bytes) -> bytes:
    """Says to a server what a client once said; all that it answers until it closes the connection."""
    answer = bytearray()
    with socket.create_connection(("127.0.0.1", port), _TIMEOUT) as server:
        try:
            server.sendall(client)
            while piece := server.recv(_PIECE):
                answer += piece
        except ConnectionError:
            pass  # it went away with words of ours unread
        except TimeoutError:
            raise VmError(f"port {port}: the server still listens {_TIMEOUT:.0f} s after it was told an old conversation") from None
    return bytes(answer)
