# SPDX-License-Identifier: Apache-2.0
"""What OVMF packs in its file, unpacked by liblzma and by the program; made-up files that are not packed like that are explained, not guessed at."""

import hashlib
import lzma
import pathlib
import re
import struct
import uuid

import firmware
import interop

FILE_SYSTEM = uuid.UUID("8c8ce578-8a3d-4f1c-9935-896185c32dd3").bytes_le
TCG2_PEI = uuid.UUID("a0c98b77-cba5-4bb8-993b-4af6ce33ece4")
LZMA = uuid.UUID("ee4e5898-3914-4259-9d6e-dc7bd79403cf")
OTHER = uuid.UUID("11111111-2222-3333-4444-555555555555")


def padded(data, alignment, fill=b"\0"):
    return data + fill * (-len(data) % alignment)


def section(kind, data):
    return padded(struct.pack("<I", (len(data) + 4) | kind << 24) + data, 4)


def volume(files):
    """files: name, type, content."""
    body = b""
    for name, kind, content in files:
        size = len(content) + 32
        body = padded(body, 8, b"\xff") + name.bytes_le + struct.pack("<HBB3sBQ", 0, kind, 1, bytes(3), 0xF8, size) + content
    size = -(-(0x48 + len(body) + 64) // 4096) * 4096
    header = bytes(16) + FILE_SYSTEM + struct.pack("<Q4sIHHHBB", size, b"_FVH", 0x4FEFF, 0x48, 0, 0, 0, 2)
    return padded(header, 0x48) + body + b"\xff" * (size - 0x48 - len(body))


def packed(data):
    stream = lzma.compress(data, format=lzma.FORMAT_ALONE)
    return stream[:5] + struct.pack("<Q", len(data)) + stream[13:]


def made_up(version="2099.01", volumes=2, guid=LZMA, module=TCG2_PEI, texts=(), stream=None):
    code = b"MZ code\0" + b"".join(text.encode("utf-16le") + b"\0\0" for text in (version, *texts))
    early = volume([(OTHER, 0x06, section(0x19, b"x")), (module, 0x06, section(0x1B, b"depends") + section(0x10, code))])
    main = volume([(OTHER, 0x05, section(0x10, b"driver " * 999))])
    inner = b"".join(section(0x19, bytes(12)) + section(0x17, each) for each in [early, main, main][:volumes])
    body = guid.bytes_le + struct.pack("<HH", 24, 1) + (stream if stream is not None else packed(inner))
    outer = volume([(OTHER, 0x0B, section(0x02, body))])
    return outer + firmware.make(), early


def code_rows(path):
    uki = pathlib.Path("uki.efi")
    rows = interop.predict(uki, f"--firmware={path}", "--platform=qemu")["firmware"]
    return [row for row in rows if row["pcr"] == 0]


def check_ovmf():
    """The second model: version, volumes with what the data file says that the firmware writes, separator."""
    data = pathlib.Path(firmware.OVMF).read_bytes()
    holder = data.index(LZMA.bytes_le)
    inner = lzma.LZMADecompressor(format=lzma.FORMAT_ALONE).decompress(data[holder + 20:])
    found = []
    at = 0
    while at < len(inner):
        size, kind = struct.unpack_from("<I", inner, at)[0] & 0xFFFFFF, inner[at + 3]
        if kind == 0x17:
            found.append(inner[at + 4:at + size])
        at += -(-size // 4) * 4
    early, main = found
    at = early.index(TCG2_PEI.bytes_le)
    version = re.search(rb"(?:[\x20-\x7e]\0){3,}\0\0", early[at:]).group()
    for row, port in zip(code_rows(firmware.OVMF), (0x608, 0xB008), strict=True):
        written = early[:28240] + struct.pack("<H", port) + early[28242:]
        for bank in interop.BANKS:
            events = [hashlib.new(bank, part).digest() for part in (version, written, main, bytes(4))]
            value = bytes(hashlib.new(bank).digest_size)
            for event in events:
                value = hashlib.new(bank, value + event).digest()
            interop.same(row["value"][bank], value.hex(), f"PCR 0 {bank} with the port {port:#x}")


def check_refused(name, words, **changes):
    data, _ = made_up(**changes)
    (row,) = code_rows(interop.write(f"{name}.fd", data))
    interop.holds("value" not in row and words in row["why"], f"{name}: {row}")


def main():
    interop.build_uki("uki.efi", interop.parts("parts"))
    check_ovmf()
    data, early = made_up()
    (row,) = code_rows(interop.write("unknown-build.fd", data))
    interop.holds("value" not in row and hashlib.sha256(early).hexdigest() in row["why"], f"an unknown build is named by its volume: {row}")
    check_refused("one-volume", "1 packed volumes, not two", volumes=1)
    check_refused("three-volumes", "3 packed volumes, not two", volumes=3)
    check_refused("other-packing", str(OTHER), guid=OTHER)
    check_refused("no-module", "no TPM 2.0 module", module=OTHER)
    check_refused("two-texts", "version cannot be told: 2 texts", texts=("another",))
    check_refused("no-stream", "LZMA", stream=b"")
    check_refused("noise", "LZMA", stream=packed(b"x" * 9999)[:13] + b"\0" + b"\x55" * 40)
    check_refused("bomb", "bytes of content", stream=packed(b"")[:5] + struct.pack("<Q", 1 << 40) + bytes(9))
    (row,) = code_rows(interop.write("nothing.fd", firmware.make()))
    interop.holds("no packed firmware volumes" in row["why"], f"a file without volumes: {row}")


if __name__ == "__main__":
    main()
