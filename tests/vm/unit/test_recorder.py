# SPDX-License-Identifier: Apache-2.0
"""Recorded conversations, over the loopback address."""

import contextlib
import socket
import threading
import unittest
from collections.abc import Iterator
from unittest import mock

from asterism_vm import recorder
from asterism_vm.base import VmError
from asterism_vm.recorder import Impostor, Recorder, say_again


@contextlib.contextmanager
def echo(hello: bytes = b"") -> Iterator[int]:
    """A server that greets, sends everything back and closes when its visitor is done; its port."""

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                visitor, _ = listener.accept()
                with visitor:
                    visitor.sendall(hello)
                    while piece := visitor.recv(4096):
                        visitor.sendall(piece)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def talk(port: int, words: bytes) -> bytes:
    answer = bytearray()
    with socket.create_connection(("127.0.0.1", port), 10) as server:
        server.sendall(words)
        server.shutdown(socket.SHUT_WR)
        while piece := server.recv(4096):
            answer += piece
    return bytes(answer)


class Record(unittest.TestCase):
    def test_passes_on_and_keeps_both_sides_apart(self) -> None:
        with echo(b"hello ") as port, Recorder(0, port) as between:
            self.assertEqual(talk(between.port, b"x" * 300_000), b"hello " + b"x" * 300_000)
            self.assertEqual(talk(between.port, b"second"), b"hello second")
            first, second = between.conversations
        self.assertEqual((len(first.client), len(first.server)), (300_000, 300_006))
        self.assertEqual((bytes(second.client), bytes(second.server)), (b"second", b"hello second"))

    def test_a_target_that_is_not_there_ends_the_connection_only(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as gone:
            port = gone.getsockname()[1]
        with Recorder(0, port) as between:
            for _ in range(2):
                with contextlib.suppress(OSError):
                    self.assertEqual(talk(between.port, b"x"), b"")


class Replay(unittest.TestCase):
    def test_impostor_says_the_same_to_everybody(self) -> None:
        with Impostor(0, b"old words") as server:
            self.assertEqual([talk(server.port, b"one"), talk(server.port, b"two")], [b"old words"] * 2)
            self.assertEqual(server.visitors, 2)

    def test_old_words_to_a_server_that_listens_on(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent, mock.patch.object(recorder, "_TIMEOUT", 0.2):
            with self.assertRaises(VmError):
                say_again(silent.getsockname()[1], b"x")

    def test_old_words_to_a_server_that_closes(self) -> None:
        def close_at_once() -> None:
            visitor, _ = listener.accept()
            visitor.sendall(b"no")
            visitor.close()

        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = threading.Thread(target=close_at_once)
            thread.start()
            self.assertIn(say_again(listener.getsockname()[1], b"x"), (b"no", b""))
            thread.join(10)


if __name__ == "__main__":
    unittest.main()
