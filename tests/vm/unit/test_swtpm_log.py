# SPDX-License-Identifier: Apache-2.0
"""The parser of swtpm's log: a recorded piece, and logs that must be refused."""

import unittest
from pathlib import Path

from asterism_vm import swtpm_log
from asterism_vm.pcrs import LogError

RECORDED = Path(__file__).parent / "data" / "extend-and-read.log"
STARTUP = [" SWTPM_IO_Read: length 12", " 80 01 00 00 00 0C 00 00 01 44 00 00 "]
OK = [" SWTPM_IO_Write: length 10", " 80 01 00 00 00 0A 00 00 00 00 "]

# name, log, part of the refusal
REFUSED = [
    ("text instead of a header", ["hello"], "line 1: not a message header"),
    ("empty line", ["", *STARTUP, *OK], "line 1: not a message header"),
    ("unknown channel", [" SWTPM_IO_Erase: length 4", " 00 00 00 00 "], "line 1: not a message header"),
    ("no bytes", STARTUP[:1], "end of log after 0 of the 12 bytes"),
    ("too few bytes", [STARTUP[0], " 80 01 00 "], "end of log after 3 of the 12 bytes"),
    ("too few bytes, then a header", [STARTUP[0], " 80 01 00 ", *OK], "line 3: 3 of 12 bytes read"),
    ("too many bytes", [" SWTPM_IO_Read: length 2", " 80 01 00 "], "line 2: more than the 2 bytes"),
    ("half a byte", [" SWTPM_IO_Read: length 2", " 80 0 "], "line 2: 0 of 2 bytes read"),
    ("lower case", [" SWTPM_IO_Read: length 2", " 8a 01 "], "line 2: 0 of 2 bytes read"),
    ("length zero", [" SWTPM_IO_Read: length 0"], "a message of 0 bytes"),
    ("huge length", [" SWTPM_IO_Read: length 99999"], "a message of 99999 bytes"),
    ("endless length", [" SWTPM_IO_Read: length " + "9" * 50], "not a message header"),
    ("negative length", [" SWTPM_IO_Read: length -1"], "not a message header"),
    ("response to nothing", OK, "line 1: SWTPM_IO_Write answers nothing"),
    ("two requests", [*STARTUP, *STARTUP, *OK], "line 3: a second SWTPM_IO_Read before the response to line 1"),
    ("control inside a command", [*STARTUP, " Ctrl Cmd: length 1", " 00 "], "line 3: Ctrl Cmd inside the exchange of line 1"),
    ("response on the other channel", [*STARTUP, " Ctrl Rsp: length 1", " 00 "], "line 3: Ctrl Rsp answers nothing"),
]


class SwtpmLog(unittest.TestCase):
    def test_recorded_log_is_read_completely(self) -> None:
        found = list(swtpm_log.exchanges(RECORDED.read_text().splitlines()))
        self.assertEqual([item.request[6:10].hex() for item in found if not item.control][:2], ["00000181", "00000144"])
        self.assertEqual(sum(not item.control for item in found), 11)
        self.assertEqual(len(found[-1].response), 218)

    def test_pairs_request_and_response(self) -> None:
        (item,) = swtpm_log.exchanges([*STARTUP, *OK])
        self.assertEqual((item.line, item.control, len(item.request), len(item.response)), (1, False, 12, 10))

    def test_note_of_swtpm_is_passed_over(self) -> None:
        self.assertEqual(len(list(swtpm_log.exchanges([*STARTUP, *OK, "Data client disconnected"]))), 1)

    def test_command_without_response_at_the_end_is_left_out(self) -> None:
        self.assertEqual(len(list(swtpm_log.exchanges([*STARTUP, *OK, *STARTUP]))), 1)

    def test_refuses(self) -> None:
        for name, lines, words in REFUSED:
            with self.subTest(name), self.assertRaisesRegex(LogError, words):
                list(swtpm_log.exchanges(lines))

    def test_every_truncation_of_a_recorded_log_is_refused_or_shorter(self) -> None:
        lines = RECORDED.read_text().splitlines()
        whole = len(list(swtpm_log.exchanges(lines)))
        for count in range(len(lines)):
            with self.subTest(lines=count):
                try:
                    self.assertLess(len(list(swtpm_log.exchanges(lines[:count]))), whole)
                except LogError as error:
                    self.assertRegex(str(error), "end of log after")


if __name__ == "__main__":
    unittest.main()
