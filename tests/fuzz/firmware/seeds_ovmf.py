# SPDX-License-Identifier: Apache-2.0
"""Ends of firmware files: OVMF as it comes, and a small one with every kind of entry."""

import pathlib
import struct
import sys
import uuid

DIRECTORY = pathlib.Path(sys.argv[1])


def entry(guid, data):
    return data + struct.pack("<H", len(data) + 18) + uuid.UUID(guid).bytes_le


def table(*entries):
    body = b"".join(entries)
    return body + struct.pack("<H", len(body) + 18) + uuid.UUID("96b582de-1fb2-45f7-baea-a366c55a082d").bytes_le + bytes(32)


def small(snp, tdx):
    """Metadata blocks, then the table that names them."""
    asev = b"ASEV" + struct.pack("<III", 16 + 12 * len(snp), 1, len(snp)) + b"".join(struct.pack("<III", *s) for s in snp)
    tdvf = b"TDVF" + struct.pack("<III", 16 + 32 * len(tdx), 1, len(tdx)) + b"".join(struct.pack("<IIQQII", *s) for s in tdx)

    def tail(after):
        return table(entry("dc886566-984a-4798-a75e-5585a7bf67cc", struct.pack("<I", len(asev) + len(tdvf) + after)),
                     entry("e47a6535-984a-4798-865e-4685a7bf8ec2", struct.pack("<I", len(tdvf) + after)),
                     entry("7255371f-3a3b-4b04-927b-1da6efa8d454", struct.pack("<II", 0x810c00, 0x400)),
                     entry("4c2eb361-7d9b-4cc3-8081-127c90d3d294", struct.pack("<II", 0x810000, 0xc00)),
                     entry("a789a612-0597-4c4b-a49f-cbb1fe9d1ddd", struct.pack("<I", 0x40)),
                     entry("00f771de-1a7e-4fcb-890e-68c77e2fb44e", struct.pack("<I", 0x80b004)))

    return asev + tdvf + tail(len(tail(0)))


def main():
    for path in ("/usr/share/ovmf/OVMF.fd", "/usr/share/OVMF/OVMF_CODE_4M.fd"):
        if pathlib.Path(path).exists():
            (DIRECTORY / pathlib.Path(path).stem).write_bytes(pathlib.Path(path).read_bytes()[-8192:])
    snp = [(0x800000, 0x9000, 1), (0x80d000, 0x1000, 2), (0x80e000, 0x1000, 3), (0x80f000, 0x1000, 4), (0x810000, 0x1000, 16)]
    tdx = [(0, 0x1000, 0xfffff000, 0x1000, 0, 1), (0, 0, 0x809000, 0x2000, 2, 0), (0, 0, 0x100000, 0x1000, 4, 2)]
    (DIRECTORY / "small").write_bytes(small(snp, tdx))
    (DIRECTORY / "none").write_bytes(small([], []))


if __name__ == "__main__":
    main()
