# SPDX-License-Identifier: Apache-2.0
"""Volumes, LZMA streams and whole small files; the first byte says how the harness reads the rest."""

import lzma
import pathlib
import struct
import sys
import uuid

DIRECTORY = pathlib.Path(sys.argv[1])
FILE_SYSTEM = uuid.UUID("8c8ce578-8a3d-4f1c-9935-896185c32dd3").bytes_le
TCG2_PEI = uuid.UUID("a0c98b77-cba5-4bb8-993b-4af6ce33ece4")
LZMA = uuid.UUID("ee4e5898-3914-4259-9d6e-dc7bd79403cf")


def section(kind, data):
    return struct.pack("<I", (len(data) + 4) | kind << 24) + data + bytes(-len(data) % 4)


def volume(name, kind, content):
    body = name.bytes_le + struct.pack("<HBB3sBQ", 0, kind, 1, bytes(3), 0xF8, len(content) + 32) + content
    small = name.bytes_le + struct.pack("<HBB3sB", 0, 6, 0, (28).to_bytes(3, "little"), 0xF8) + b"data"
    body += bytes(-len(body) % 8) + small
    size = 0x48 + len(body) + 40
    return bytes(16) + FILE_SYSTEM + struct.pack("<Q4sIHHHBB", size, b"_FVH", 0x4FEFF, 0x48, 0, 0, 0, 2) + bytes(16) + body + b"\xff" * 40


def packed(data, **options):
    stream = lzma.compress(data, format=lzma.FORMAT_ALONE, filters=[{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16, **options}])
    return stream[:5] + struct.pack("<Q", len(data)) + stream[13:]


def main():
    early = volume(TCG2_PEI, 6, section(0x10, b"MZ" + "2099.01".encode("utf-16le") + bytes(4)))
    inner = section(0x19, bytes(12)) + section(0x17, early) + section(0x17, volume(LZMA, 5, section(0x10, b"driver")))
    whole = volume(LZMA, 0x0B, section(2, LZMA.bytes_le + struct.pack("<HH", 24, 1) + packed(inner)))
    (DIRECTORY / "volume").write_bytes(b"V" + early + bytes(-len(early) % 4096) + whole)
    (DIRECTORY / "whole").write_bytes(b"A" + whole)
    (DIRECTORY / "words").write_bytes(b"L" + packed(b"firmware volume " * 9 + bytes(300) + b"firmware"))
    (DIRECTORY / "positions").write_bytes(b"L" + packed(inner, lc=0, lp=4, pb=4))


if __name__ == "__main__":
    main()
