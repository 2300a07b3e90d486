# SPDX-License-Identifier: Apache-2.0
"""Disk images from outside: partitions, single bytes, files of the ESP; and what a container must not be."""

import io
import subprocess
import tarfile
import tempfile
import unittest
from pathlib import Path

from asterism_vm import accelerator, disk, varstore
from asterism_vm.base import VmError
from cases.containers import unpack_gcp

_TABLE = """label: gpt
start=2048, size=4096, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name=esp
start=6144, size=2048, type=linux, name=root-a_1.0
start=8192, size=2048, type=linux, name=root-a-verity
"""


class InFolder(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))


class Partitions(InFolder):
    def setUp(self) -> None:
        super().setUp()
        self.disk = self.folder / "disk.raw"
        self.disk.write_bytes(b"")
        with self.disk.open("r+b") as file:
            file.truncate(8 << 20)
        subprocess.run(["sfdisk", "--quiet", self.disk], input=_TABLE.encode(), check=True, capture_output=True)

    def test_positions_are_in_bytes(self) -> None:
        found = disk.partitions(self.disk)["root-a-verity"]
        self.assertEqual((found.start, found.size), (8192 * 512, 2048 * 512))

    def test_name_with_version_is_found_and_not_confused(self) -> None:
        self.assertEqual(disk.find(self.disk, "root-a").label, "root-a_1.0")
        with self.assertRaisesRegex(VmError, "0 partitions are named root-b; there are esp, root-a_1.0, root-a-verity"):
            disk.find(self.disk, "root-b")

    def test_files_of_the_esp(self) -> None:
        where = f"{self.disk}@@{2048 * 512}"
        subprocess.run(["mformat", "-i", where, "-T", "4096", "::"], check=True, capture_output=True)
        subprocess.run(["mmd", "-i", where, "::EFI"], check=True, capture_output=True)
        content = self.folder / "Node_1+3.efi"
        content.write_bytes(b"\0uki\xff")
        esp = disk.Esp(self.disk)
        esp.write("EFI/Node_1+3.efi", content)
        self.assertEqual(esp.list("EFI"), ["Node_1+3.efi"])
        self.assertEqual(esp.read("EFI/Node_1+3.efi"), b"\0uki\xff")

    def test_flip_changes_one_byte(self) -> None:
        before = self.disk.read_bytes()
        self.assertEqual(disk.flip(self.disk, 5000), (0, 255))
        after = self.disk.read_bytes()
        self.assertEqual([i for i in range(len(before)) if before[i] != after[i]], [5000])
        with self.assertRaisesRegex(VmError, "no byte at offset"):
            disk.flip(self.disk, 1 << 30)

    def test_copy_grows_and_never_shrinks(self) -> None:
        grown = disk.copy(self.disk, self.folder / "copy.raw", size=9 << 20)
        self.assertEqual(grown.stat().st_size, 9 << 20)
        with self.assertRaisesRegex(VmError, "less than the image has"):
            disk.copy(self.disk, self.folder / "copy.raw", size=1 << 20)


class GcpArchive(InFolder):
    def pack(self, *members: tuple[str, int]) -> Path:
        archive = self.folder / "disk.tar.gz"
        with tarfile.open(archive, "w:gz", format=tarfile.GNU_FORMAT) as tar:
            for name, size in members:
                entry = tarfile.TarInfo(name)
                entry.size = size
                tar.addfile(entry, io.BytesIO(bytes(size)))
        return archive

    def test_refuses(self) -> None:
        for members in ([("other.raw", 0)], [("disk.raw", 0), ("more", 0)], [], [("disk.raw", 512)]):
            with self.subTest(members=members), self.assertRaises(VmError):
                unpack_gcp(self.pack(*members), self.folder / "disk.raw")


class VariableStore(InFolder):
    def test_enrolled_keys_are_the_lists_given_byte_for_byte(self) -> None:
        for name in ("PK", "KEK", "db"):
            certificate = self.folder / f"{name}.crt"
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-days", "1",
                 "-keyout", "/dev/null", "-out", certificate], check=True, capture_output=True,
            )
            owner = "11111111-2222-3333-4444-123456789abc"
            subprocess.run(["cert-to-efi-sig-list", "-g", owner, certificate, self.folder / f"{name}.esl"], check=True, capture_output=True)
        keys = varstore.SecureBootKeys.read(self.folder)
        store = self.folder / "variables.fd"
        varstore.create_enrolled(store, keys)
        stored = varstore.read(store)
        self.assertEqual({name: stored[name] for name in keys.lists}, keys.lists)
        self.assertEqual((stored["SecureBootEnable"], stored["CustomMode"]), (b"\x01", b"\x00"))
        self.assertNotIn("dbx", stored)

    def test_missing_keys_say_what_to_do(self) -> None:
        with self.assertRaisesRegex(VmError, r"PK.esl: run make image"):
            varstore.SecureBootKeys.read(self.folder)


class KernelOfUki(InFolder):
    def test_refuses_what_is_no_uki(self) -> None:
        for content in (b"", b"MZ", b"MZ" + bytes(200), bytes(0x3C) + b"\xff\xff\xff\x7f" + bytes(64)):
            file = self.folder / "x.efi"
            file.write_bytes(content)
            with self.subTest(content[:4]), self.assertRaises(VmError):
                accelerator.kernel_of(file)


if __name__ == "__main__":
    unittest.main()
