# SPDX-License-Identifier: Apache-2.0
"""One message of each kind, written by hand after docs/join.md."""

import pathlib
import struct
import sys

TARGET = pathlib.Path(sys.argv[1])


def field(data):
    return struct.pack(">H", len(data)) + data


def main():
    uuid = b"0f8b9e7c-1d2a-4c3b-8e5f-6a7b8c9d0e1f"
    joined = (b"worker-1", b"prod.example", b"https://api:6443", b"CA\n", b"C\n", bytes(32), b"10.96.0.10,fd00::a", b"cluster.local")
    messages = {
        "join": b"\1\1" + field(b"worker-1") + field(uuid) + field(b"\x30\x00"),
        "joined": b"\2" + b"".join(map(field, joined)),
        "refused": b"\3\2" + struct.pack(">I", 5) + field(b"no"),
        "members": b"\4\1",
        "list": b"\5" + field(b"key") + field(b"signature") + struct.pack(">I", 100),
        "piece": b"\6" + field(b"bytes"),
        "disk-wanted": b"\7\1" + field(b"worker-1") + field(uuid),
        "disk-key": b"\x08" + field(uuid) + field(bytes(32)),
        "disk-key-taken": b"\x09",
    }
    for name, content in messages.items():
        (TARGET / name).write_bytes(content)


if __name__ == "__main__":
    main()
