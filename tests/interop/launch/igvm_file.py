# SPDX-License-Identifier: Apache-2.0
"""Makes IGVM files, and computes what SEV-SNP measures of them, from the format's description."""

import struct
import zlib

PLATFORM_SNP = 2


def header(kind, body):
    return struct.pack("<II", kind, len(body)) + body.ljust((len(body) + 7) // 8 * 8, b"\0")


class Builder:
    """Collects headers and data; offsets into the data are settled by build()."""

    def __init__(self, version=1):
        self.version = version
        self.headers = []
        self.data = b""

    def platform(self, mask=1, kind=PLATFORM_SNP):
        return self._add(0x1, struct.pack("<IBBHQ", mask, 0, kind, 1, 0))

    def page(self, gpa, content=None, mask=1, flags=0, kind=0):
        return self._add(0x302, lambda offset: struct.pack("<QIIIHH", gpa, mask, offset, flags, kind, 0), content)

    def parameters(self, gpa, size, index=0, mask=1):
        self._add(0x301, struct.pack("<QII", size, index, 0))
        return self._add(0x303, struct.pack("<QII", gpa, mask, index))

    def context(self, gpa, content, index=0, mask=1):
        return self._add(0x304, lambda offset: struct.pack("<QIIHH", gpa, mask, offset, index, 0), content)

    def other(self, kind, body):
        return self._add(kind, body)

    def id_block(self, digest, mask=1):
        return self._add(0x30b, struct.pack("<I4x", mask) + digest + bytes(640))

    def _add(self, kind, body, content=None):
        self.headers.append((kind, body, None if content is None else len(self.data)))
        self.data += content or b""
        return self

    def build(self):
        fixed = 24 if self.version == 1 else 32
        size = sum(len(header(k, b(0) if callable(b) else b)) for k, b, _ in self.headers)
        start = fixed + size
        variable = b"".join(header(k, b(0 if at is None else start + at) if callable(b) else b) for k, b, at in self.headers)
        head = struct.pack("<IIIII", 0x4d564749, self.version, fixed, size, start + len(self.data))
        tail = b"" if self.version == 1 else struct.pack("<II", 0, 4096)
        checksum = zlib.crc32(head + bytes(4) + tail + variable)
        return head + struct.pack("<I", checksum) + tail + variable + self.data
