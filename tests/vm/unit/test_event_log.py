# SPDX-License-Identifier: Apache-2.0
"""Event logs found in memory: what counts as one, and which of several is true."""

import hashlib
import json
import struct
import unittest

from asterism_vm import event_log
from asterism_vm.base import VmError
from asterism_vm.pcrs import Extend, Pcrs

_ALGORITHMS = {"sha256": 0x0B, "sha384": 0x0C}
_SEPARATOR, _IPL = 4, 13


def header(algorithms: dict[str, int] = _ALGORITHMS) -> bytes:
    spec = b"Spec ID Event03\0" + struct.pack("<IBBBB", 0, 0, 2, 105, 2) + struct.pack("<I", len(algorithms))
    spec += b"".join(struct.pack("<HH", number, hashlib.new(bank).digest_size) for bank, number in algorithms.items()) + b"\0"
    return struct.pack("<II20sI", 0, 3, bytes(20), len(spec)) + spec


def record(pcr: int, kind: int, data: bytes) -> bytes:
    digests = b"".join(struct.pack("<H", number) + hashlib.new(bank, data).digest() for bank, number in _ALGORITHMS.items())
    return struct.pack("<III", pcr, kind, len(_ALGORITHMS)) + digests + struct.pack("<I", len(data)) + data


def pcrs(*measured: tuple[int, bytes]) -> Pcrs:
    state = Pcrs()
    state.startup(0)
    for line, (pcr, data) in enumerate(measured):
        state.extend(line, pcr, {bank: hashlib.new(bank, data).digest() for bank in ("sha1", "sha256", "sha384", "sha512")})
    return state


LOG = header() + record(4, _SEPARATOR, bytes(4)) + record(11, _IPL, b"kernel")
TRUE = pcrs((4, bytes(4)), (11, b"kernel"), (11, b"enter-initrd"))
TAIL = b"\xff" * 64


class Parse(unittest.TestCase):
    def test_reads_to_the_tail(self) -> None:
        for tail in (TAIL, bytes(64)):
            log, records = event_log.parse(b"junk" + LOG + tail, 4)
            self.assertEqual(log, LOG)
            self.assertEqual([(each.pcr, each.type) for each in records], [(4, _SEPARATOR), (11, _IPL)])
            self.assertEqual(records[1].digests["sha384"], hashlib.sha384(b"kernel").digest())

    def test_refuses_what_is_no_log(self) -> None:
        broken = {
            "nothing": b"",
            "cut in the header": LOG[:40],
            "cut in a record": LOG[:-3],
            "no tail": LOG,
            "header for a register": b"\1" + LOG[1:] + TAIL,
            "header with a digest": LOG[:10] + b"\1" + LOG[11:] + TAIL,
            "no algorithms": LOG[:56] + bytes(4) + LOG[60:] + TAIL,
            "PCR 24": header() + record(24, _IPL, b"") + TAIL,
            "unknown algorithm": LOG.replace(struct.pack("<II", _IPL, 2) + b"\x0b", struct.pack("<II", _IPL, 2) + b"\x99") + TAIL,
            "event of 4 GiB": header() + record(4, _IPL, b"")[:-4] + b"\xff" * 4 + TAIL,
        }
        for name, memory in broken.items():
            with self.subTest(name), self.assertRaises(ValueError):
                event_log.parse(memory, 0)


class Choose(unittest.TestCase):
    def test_finds_logs_anywhere(self) -> None:
        memory = b"x" * 1000 + LOG + TAIL + b"Spec ID Event03\0" + b"y" * 100 + header() + TAIL
        self.assertEqual(list(event_log.candidates(memory)), [LOG, header()])
        self.assertEqual(list(event_log.candidates(b"Spec ID Event03\0")), [])

    def test_takes_the_one_that_is_true(self) -> None:
        stale = header() + record(4, _SEPARATOR, b"stale") + record(11, _IPL, b"longer than the true one")
        self.assertEqual(event_log.choose([header(), stale, LOG], TRUE), LOG)

    def test_none_is_true(self) -> None:
        for found in ([], [header()], [LOG]):
            with self.assertRaises(VmError):
                event_log.choose(found, pcrs((4, b"other")))


class Userspace(unittest.TestCase):
    def test_goes_on_behind_the_firmware(self) -> None:
        text = event_log.userspace(LOG, TRUE.extends)
        (entry,) = [json.loads(line) for line in text.split("\x1e")[1:]]
        self.assertEqual(entry["content"], {"string": "enter-initrd", "eventType": "phase"})
        self.assertEqual({each["hashAlg"] for each in entry["digests"]}, {"sha1", "sha256", "sha384", "sha512"})

    def test_unknown_words_have_no_name(self) -> None:
        digests = {"sha256": bytes(32)}
        (line,) = event_log.userspace(LOG, [*TRUE.extends[:2], Extend(9, 15, digests)]).split("\x1e")[1:]
        self.assertEqual(json.loads(line)["content"], {})


if __name__ == "__main__":
    unittest.main()
