# SPDX-License-Identifier: Apache-2.0
"""Predictions as JSON, and the explanation of a boot that measured something else."""

import copy
import hashlib
import json
import unittest

from asterism_vm import measured, predict
from asterism_vm.base import VmError
from asterism_vm.pcrs import Pcrs
from asterism_vm.predict import BANKS, Event, Prediction

_ZERO = {"sha256": "00" * 32, "sha384": "00" * 48}
_GOOD = {
    "predictions": [
        {
            "secure_boot": "on", "profile": 0, "events": [{"pcr": 4, "what": "image: UKI", "digests": _ZERO}],
            "banks": {
                bank: {"4": zero, "7": zero, "9": zero, "11": {"sysinit": zero, "ready": zero}, "12": zero, "13": zero, "15": zero}
                for bank, zero in _ZERO.items()
            },
        }
    ]
}


def changed(*path: str | int, value: object) -> bytes:
    """_GOOD with one place changed; value None removes it."""
    tree = copy.deepcopy(_GOOD)
    place = tree
    for step in path[:-1]:
        place = place[step]  # type: ignore[index,assignment]
    if value is None:
        del place[path[-1]]  # type: ignore[arg-type]
    else:
        place[path[-1]] = value  # type: ignore[index]
    return json.dumps(tree).encode()


_FIRST = ("predictions", 0)
_SHA256 = (*_FIRST, "banks", "sha256")
REFUSED = [
    ("no JSON", b"table"),
    ("a list", b"[]"),
    ("no predictions", changed("predictions", value=None)),
    ("other Secure Boot state", changed(*_FIRST, "secure_boot", value="off")),
    ("twice the same", changed("predictions", value=_GOOD["predictions"] * 2)),
    ("bank missing", changed(*_SHA256, value=None)),
    ("PCR missing", changed(*_SHA256, "7", value=None)),
    ("phase missing", changed(*_SHA256, "11", "ready", value=None)),
    ("value too short", changed(*_SHA256, "4", value="00")),
    ("value of another bank", changed(*_SHA256, "4", value=_ZERO["sha384"])),
    ("value no hexadecimal", changed(*_SHA256, "4", value="zz" * 32)),
    ("value a number", changed(*_SHA256, "4", value=4)),
    ("PCR no number", changed(*_SHA256, "four", value="00" * 32)),
    ("event without digest", changed(*_FIRST, "events", 0, "digests", "sha384", value=None)),
]


class Parse(unittest.TestCase):
    def test_takes_the_last_phase(self) -> None:
        other = changed(*_SHA256, "11", "sysinit", value="11" * 32)
        self.assertEqual(predict.parse(other, "on").values["sha256"][11], bytes(32))

    def test_refuses(self) -> None:
        for name, text in REFUSED:
            with self.subTest(name), self.assertRaisesRegex(VmError, "measured-boot predict: "):
                predict.parse(text, "on")


def digests(data: bytes) -> dict[str, bytes]:
    return {bank: hashlib.new(bank, data).digest() for bank in BANKS}


def boot(*names: str) -> Pcrs:
    """PCR 4 after these measurements."""
    pcrs = Pcrs()
    pcrs.startup(0)
    for line, name in enumerate(names, 1):
        pcrs.extend(line, 4, digests(name.encode()))
    return pcrs


class Differences(unittest.TestCase):
    def setUp(self) -> None:
        good = boot("loader", "uki")
        self.expected = Prediction(
            {bank: {4: good.of(bank, 4), 12: bytes(hashlib.new(bank).digest_size)} for bank in BANKS},
            [Event(4, name, digests(name.encode())) for name in ("loader", "uki")],
        )

    def lines(self, *names: str) -> list[str]:
        """What is said about PCR 4 after a boot that measured these."""
        return measured.differences(self.expected, boot(*names))[4]

    def test_none(self) -> None:
        self.assertEqual(measured.differences(self.expected, boot("loader", "uki")), {})

    def test_every_bank_is_compared(self) -> None:
        self.expected.values["sha384"][4] = bytes(48)
        self.assertRegex(self.lines("loader", "uki")[0], "^PCR 4 sha384: expected 0000.*, found ")

    def test_order_counts_though_every_name_is_known(self) -> None:
        self.assertRegex(self.lines("uki", "loader")[0], "^PCR 4 sha256: expected .*, found ")

    def test_one_more_is_named_as_not_predicted(self) -> None:
        lines = self.lines("loader", "intruder", "uki")
        self.assertEqual([line.split("  ")[-1] for line in lines[2:]], ["loader", "NOT PREDICTED", "uki"])

    def test_one_less_is_named(self) -> None:
        self.assertRegex(self.lines("loader")[-1], r"^    NEVER CAME: [0-9a-f]{64}  uki$")

    def test_same_measurement_twice_is_not_predicted_twice(self) -> None:
        self.assertRegex(self.lines("loader", "uki", "uki")[-1], "NOT PREDICTED")

    def test_failure_names_the_pcrs(self) -> None:
        with self.assertRaisesRegex(VmError, "some boot: not as predicted: PCR 4\n"):
            measured.require_equal(self.expected, boot("loader"), what="some boot")


if __name__ == "__main__":
    unittest.main()
