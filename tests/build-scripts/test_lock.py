# SPDX-License-Identifier: Apache-2.0
"""The lock file's parser: what it refuses, and that reading and writing are inverse."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

import lockfile  # noqa: E402
from settings import BuildError  # noqa: E402

HEX = "ab" * 32
GOOD = f"deb image,initrd libc6 2.41-12 amd64 123 {HEX} debian pool/main/g/glibc/libc6_2.41-12_amd64.deb"
HEAD = "# resolved 20260101T000000Z\n"

# name of the defect -> line
BAD_LINES = {
    "column missing": GOOD.rsplit(" ", 1)[0],
    "column too many": GOOD + " more",
    "kind unknown": GOOD.replace("deb ", "rpm ", 1),
    "set unknown": GOOD.replace("image,initrd", "image,other"),
    "size zero": GOOD.replace(" 123 ", " 0 "),
    "size negative": GOOD.replace(" 123 ", " -1 "),
    "size not a number": GOOD.replace(" 123 ", " many "),
    "digest short": GOOD.replace(HEX, HEX[:-2]),
    "digest in capitals": GOOD.replace(HEX, HEX.upper()),
    "archive unknown": GOOD.replace(" debian ", " elsewhere "),
    "path outside pool": GOOD.replace(" pool/", " /etc/"),
    "path climbs": GOOD.replace("pool/main", "pool/../main"),
    "path is an address": GOOD.replace("pool/main", "http://host/pool"),
    "name with slash": GOOD.replace(" libc6 ", " ../libc6 "),
    "listed twice": GOOD + "\n" + GOOD,
}


class Parser(unittest.TestCase):
    def test_reads_what_it_writes(self):
        lock = lockfile.parse(HEAD + GOOD + "\n", "lock")
        self.assertEqual(lockfile.parse(lock.text(), "lock").entries, lock.entries)
        self.assertEqual(lock.entries[0].sets, ("image", "initrd"))

    def test_refuses(self):
        for defect, line in BAD_LINES.items():
            with self.subTest(defect), self.assertRaises(BuildError):
                lockfile.parse(HEAD + line + "\n", "lock")

    def test_refuses_a_lock_without_its_moment(self):
        with self.assertRaises(BuildError):
            lockfile.parse(GOOD + "\n", "lock")

    def test_difference_names_old_and_new(self):
        old = lockfile.parse(HEAD + GOOD + "\n", "old")
        new = lockfile.parse(HEAD + GOOD.replace("2.41-12", "2.41-13").replace(HEX, "cd" * 32) + "\n", "new")
        self.assertEqual(lockfile.difference(old, new), ["libc6: 2.41-12 abababababab -> 2.41-13 cdcdcdcdcdcd"])
        self.assertEqual(lockfile.difference(old, old), [])

    def test_the_committed_lock_is_whole(self):
        lock = lockfile.read(Path(__file__).resolve().parents[2] / "mkosi/packages.lock")
        for name in ("tools", "initrd", "image"):
            self.assertGreater(len(lock.of_set(name)), 50, name)
        self.assertEqual(lock.find("deb", "mkosi").version.split(".")[0], "27")
        self.assertEqual(len(lock.sources()), 2)


if __name__ == "__main__":
    unittest.main()
