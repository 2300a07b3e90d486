# SPDX-License-Identifier: Apache-2.0
"""The serial line and QEMU's control connection, over socket pairs."""

import json
import re
import socket
import tempfile
import threading
import unittest
from pathlib import Path
from unittest import mock

from asterism_vm import console
from asterism_vm.base import VmError
from asterism_vm.console import Console
from asterism_vm.qmp import Qmp


class SerialLine(unittest.TestCase):
    def setUp(self) -> None:
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.log = Path(folder) / "console.log"
        ours, self.machine = socket.socketpair()
        self.console = Console(ours, self.log)
        self.addCleanup(self.console.close)
        self.addCleanup(self.machine.close)

    def say(self, data: bytes) -> None:
        self.machine.sendall(data)
        self.console.pump()

    def test_finds_what_arrives_in_pieces(self) -> None:
        ready = re.compile(rb"asterism: ready")
        self.say(b"x" * 5000 + b"aster")
        self.assertIsNone(self.console.find(ready))
        self.say(b"ism: ready\r\n")
        self.assertIsNotNone(self.console.find(ready))

    def test_log_holds_every_byte(self) -> None:
        self.say(b"\x00one\xff")
        self.say(b"two")
        self.assertEqual(self.log.read_bytes(), b"\x00one\xfftwo")

    def test_text_is_free_of_control_sequences(self) -> None:
        self.say(b"\x1b[2J\x1b[01;01H\x1b]0;title\x07\x1b[0;1;39mok\x1b[0m\r\n")
        self.assertEqual(self.console.text(), "ok\n")
        self.assertEqual(self.console.last_line(), "ok")

    def test_end_of_the_line_is_seen(self) -> None:
        self.machine.close()
        self.console.pump()
        self.assertTrue(self.console.closed)

    def test_flood_is_an_error(self) -> None:
        with mock.patch.object(console, "_MAX_BYTES", 10), self.assertRaisesRegex(VmError, "console wrote more than"):
            self.say(b"x" * 11)


class ControlConnection(unittest.TestCase):
    def setUp(self) -> None:
        ours, self.qemu = socket.socketpair()
        self.qmp = Qmp(ours)
        self.addCleanup(self.qmp.close)
        self.addCleanup(self.qemu.close)

    def answer(self, *messages: object) -> None:
        self.qemu.sendall(b"".join(json.dumps(message).encode() + b"\r\n" for message in messages))

    def test_result_is_found_between_events(self) -> None:
        event = {"event": "SHUTDOWN", "data": {"guest": True, "reason": "guest-reset"}}
        self.answer({"QMP": {}}, event, {"return": {"running": True}})
        self.assertEqual(self.qmp.execute("query-status"), {"running": True})
        self.assertEqual(self.qmp.stop_reason(), "guest-reset")

    def test_refusal(self) -> None:
        self.answer({"error": {"class": "CommandNotFound", "desc": "no such command"}})
        with self.assertRaisesRegex(VmError, "no such command"):
            self.qmp.execute("nonsense")

    def test_end_before_the_answer(self) -> None:
        def end() -> None:
            self.qemu.recv(100)
            self.qemu.close()

        thread = threading.Thread(target=end)
        thread.start()
        with self.assertRaisesRegex(VmError, "ended before it answered"):
            self.qmp.execute("quit")
        thread.join()

    def test_endless_message_is_an_error(self) -> None:
        with mock.patch("asterism_vm.qmp._MAX_LINE", 10), self.assertRaisesRegex(VmError, "more than 10 bytes"):
            self.answer("x" * 20)
            self.qmp.execute("query-status")


if __name__ == "__main__":
    unittest.main()
