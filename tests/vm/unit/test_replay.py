# SPDX-License-Identifier: Apache-2.0
"""The replay of PCRs: against a TPM's own answers, against hand-made commands, and what it must refuse."""

import hashlib
import struct
import unittest

from asterism_vm import replay, swtpm_log
from asterism_vm.pcrs import BANKS, LogError, Pcrs
from asterism_vm.swtpm_log import Exchange

from .test_swtpm_log import RECORDED

_INIT = Exchange(1, True, struct.pack(">II", 2, 0), bytes(4))
_PASSWORD = struct.pack(">IIHBH", 9, 0x40000009, 0, 0, 0)


def command(code: int, body: bytes, *, answer: bytes = b"", result: int = 0, sessions: bool = False, line: int = 7) -> Exchange:
    tag = 0x8002 if sessions else 0x8001
    if sessions and result == 0:
        answer = struct.pack(">I", len(answer)) + answer + bytes(5)
    request = struct.pack(">HII", tag, 10 + len(body), code) + body
    return Exchange(line, False, request, struct.pack(">HII", 0x8001 if result else tag, 10 + len(answer), result) + answer)


def digests(data: bytes) -> bytes:
    """TPML_DIGEST_VALUES of all banks."""
    return struct.pack(">I", len(BANKS)) + b"".join(struct.pack(">H", n) + hashlib.new(b, data).digest() for n, b in BANKS.items())


def extend(pcr: int, data: bytes, **options) -> Exchange:
    return command(0x182, struct.pack(">I", pcr) + _PASSWORD + digests(data), sessions=True, **options)


STARTUP = command(0x144, bytes(2))


def extended(data: bytes, bank: str = "sha256") -> str:
    size = hashlib.new(bank).digest_size
    return hashlib.new(bank, bytes(size) + hashlib.new(bank, data).digest()).hexdigest()


def run(*items: Exchange) -> Pcrs:
    return replay.replay([_INIT, STARTUP, *items])


# name, commands after power-on, part of the refusal
REFUSED = [
    ("no such PCR", [extend(24, b"x")], "PCR 24 does not exist"),
    ("resume from sleep", [command(0x144, b"\x00\x01")], "resuming from sleep"),
    ("dynamic launch", [Exchange(9, True, struct.pack(">I", 6), bytes(4))], "line 9: a dynamic launch"),
    ("extend without authorisation", [command(0x182, bytes(4) + _PASSWORD + digests(b"x"))], "without an authorisation area"),
    ("extend cut off", [command(0x182, bytes(4) + _PASSWORD + digests(b"x")[:-1], sessions=True)], "inside a field"),
    ("extend with bytes too many", [command(0x182, bytes(4) + _PASSWORD + digests(b"x") + b"!", sessions=True)], "bytes too many"),
    ("unknown bank", [command(0x182, bytes(4) + _PASSWORD + struct.pack(">IH", 1, 0x12) + bytes(32), sessions=True)], "0x0012"),
    ("bank twice", [command(0x182, bytes(4) + _PASSWORD + struct.pack(">I", 2) + (b"\0\x0b" + bytes(32)) * 2, sessions=True)], "twice"),
    ("digest count of 4 G", [command(0x182, bytes(4) + _PASSWORD + b"\xff" * 4, sessions=True)], "inside a field"),
    ("empty command", [Exchange(7, False, b"\x80\x01", bytes(10))], "inside a field"),
    ("size field lies", [Exchange(7, False, b"\x80\x01" + bytes(8), bytes(10))], "whose size field is not its size"),
]


class Replay(unittest.TestCase):
    def test_recorded_log_agrees_with_what_the_tpm_answered(self) -> None:
        pcrs = replay.replay(swtpm_log.exchanges(RECORDED.read_text().splitlines()))
        self.assertEqual([item.pcr for item in pcrs.extends], [0])
        self.assertEqual(pcrs.of("sha1", 0).hex(), "fd47cae1ac68419162643ff6d2d773126049c3cb")

    def test_a_read_that_disagrees_is_an_error(self) -> None:
        items = [item for item in swtpm_log.exchanges(RECORDED.read_text().splitlines()) if item.request[6:10] != b"\0\0\1\x82"]
        with self.assertRaisesRegex(LogError, "the TPM reads sha1 PCR 0 as fd47cae1"):
            replay.replay(items)

    def test_extend_in_every_bank(self) -> None:
        pcrs = run(extend(4, b"loader"))
        for bank in BANKS.values():
            self.assertEqual(pcrs.of(bank, 4).hex(), extended(b"loader", bank))

    def test_order_counts(self) -> None:
        self.assertNotEqual(run(extend(4, b"a"), extend(4, b"b")).of("sha256", 4), run(extend(4, b"b"), extend(4, b"a")).of("sha256", 4))

    def test_refused_command_changes_nothing(self) -> None:
        self.assertEqual(run(extend(4, b"loader", result=0x101)).of("sha256", 4), bytes(32))

    def test_event_and_event_sequence_take_the_tpms_digests(self) -> None:
        event = command(0x13C, struct.pack(">I", 9) + _PASSWORD + b"\0\1x", answer=digests(b"x"), sessions=True)
        self.assertEqual(run(event).of("sha256", 9).hex(), extended(b"x"))
        complete = command(0x185, struct.pack(">II", 9, 0x80000001) + _PASSWORD, answer=digests(b"x"), sessions=True)
        self.assertEqual(run(complete).of("sha384", 9).hex(), extended(b"x", "sha384"))

    def test_event_sequence_into_no_pcr(self) -> None:
        complete = command(0x185, struct.pack(">II", 0x40000007, 0x80000001) + _PASSWORD, answer=digests(b"x"), sessions=True)
        self.assertEqual(run(complete).extends, [])

    def test_power_on_and_reset_start_over(self) -> None:
        self.assertEqual(run(extend(4, b"x"), _INIT, STARTUP).of("sha256", 4), bytes(32))
        reset = command(0x13D, struct.pack(">I", 16) + _PASSWORD, sessions=True)
        self.assertEqual(run(extend(16, b"x"), reset).of("sha256", 16), bytes(32))

    def test_start_values(self) -> None:
        pcrs = replay.replay([_INIT, Exchange(2, True, struct.pack(">IB", 5, 3), bytes(4)), STARTUP])
        self.assertEqual(pcrs.of("sha256", 0), bytes(31) + b"\x03")
        self.assertEqual(pcrs.of("sha256", 17), b"\xff" * 32)
        self.assertEqual(pcrs.of("sha256", 23), bytes(32))

    def test_extend_before_startup_is_an_error(self) -> None:
        with self.assertRaisesRegex(LogError, "before TPM2_Startup"):
            replay.replay([_INIT, extend(4, b"x")])

    def test_refuses(self) -> None:
        for name, items, words in REFUSED:
            with self.subTest(name), self.assertRaisesRegex(LogError, words):
                run(*items)


if __name__ == "__main__":
    unittest.main()
