# SPDX-License-Identifier: Apache-2.0
"""Small archives of each kind, behind the byte that chooses the parser."""

import io
import sys
import tarfile
from pathlib import Path

folder = Path(sys.argv[1])


def cpio(*members: tuple[str, int, bytes]) -> bytes:
    out = b""
    for name, mode, content in (*members, ("TRAILER!!!", 0, b"")):
        fields = (1, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0)
        out += b"070701" + b"".join(b"%08X" % f for f in fields) + name.encode() + b"\0"
        out += bytes(-len(out) % 4) + content
        out += bytes(-len(out) % 4)
    return out


def tar(kind: int) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=kind) as archive:
        for name, content in (("./usr/share/doc/a/copyright", b"text"), ("./" + "n" * 90 + "/" + "m" * 60, b"x" * 600)):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        link = tarfile.TarInfo("./link")
        link.type, link.linkname = tarfile.SYMTYPE, "../a"
        archive.addfile(link)
    return buffer.getvalue()


def sparse() -> bytes:
    header = bytearray(512)
    header[0:8] = b"disk.raw"
    header[124:136] = b"00000001000\0"
    header[156:157] = b"S"
    header[257:265] = b"ustar  \0"
    header[386:410] = b"00000000000\0" + b"00000001000\0"
    header[483:495] = b"00000010000\0"
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


def vmdk() -> bytes:
    text = b'# Disk DescriptorFile\nversion=1\nCID=d9b6724a\nparentCID=ffffffff\ncreateType="streamOptimized"\n'
    head = b"KDMV" + (3).to_bytes(4, "little") + bytes(20) + (1).to_bytes(8, "little") + (1).to_bytes(8, "little")
    return head + bytes(512 - len(head)) + text + bytes(512 - len(text))


(folder / "cpio").write_bytes(b"\0" + cpio(("a", 0o100644, b"text"), ("l", 0o120777, b"a")) + bytes(8))
(folder / "tar-gnu").write_bytes(b"\1" + tar(tarfile.GNU_FORMAT))
(folder / "tar-ustar").write_bytes(b"\5" + tar(tarfile.USTAR_FORMAT))
(folder / "sparse").write_bytes(b"\2" + sparse())
(folder / "vmdk").write_bytes(b"\3" + vmdk())
(folder / "vhd").write_bytes(b"\3" + b"conectix" + bytes(504))
