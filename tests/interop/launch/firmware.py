# SPDX-License-Identifier: Apache-2.0
"""Firmware files for the tests: OVMF as Debian ships it, and small made-up ones with the tables of AmdSevX64."""

import pathlib
import random
import struct
import uuid

OVMF = pathlib.Path("/usr/share/ovmf/OVMF.fd")
AMD_SEV = [(0x800000, 0x9000, 1), (0x80a000, 0x3000, 1), (0x80d000, 0x1000, 2), (0x80e000, 0x1000, 3), (0x80f000, 0x1000, 4),
           (0x810000, 0x1000, 0x10), (0x811000, 0xf000, 1)]


def entry(guid, data):
    return data + struct.pack("<H", len(data) + 18) + uuid.UUID(guid).bytes_le


def make(size=0x10000, sections=AMD_SEV, hashes=0x810c00, seed=1):
    """A file of random bytes with GUIDed table and SEV metadata."""
    block = b"ASEV" + struct.pack("<III", 16 + 12 * len(sections), 1, len(sections)) + b"".join(struct.pack("<III", *s) for s in sections)
    entries = (entry("dc886566-984a-4798-a75e-5585a7bf67cc", struct.pack("<I", 0x800)) +
               entry("7255371f-3a3b-4b04-927b-1da6efa8d454", struct.pack("<II", hashes, 0x400 if hashes else 0)) +
               entry("00f771de-1a7e-4fcb-890e-68c77e2fb44e", struct.pack("<I", 0x80b004)))
    table = entries + struct.pack("<H", len(entries) + 18) + uuid.UUID("96b582de-1fb2-45f7-baea-a366c55a082d").bytes_le
    out = bytearray(random.Random(seed).randbytes(size))
    out[size - 0x800:size - 0x800 + len(block)] = block
    out[size - 32 - len(table):size - 32] = table
    return bytes(out)
