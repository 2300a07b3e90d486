# SPDX-License-Identifier: Apache-2.0
"""Logs of real machines, whole and with one event alone; refused ones too."""

import os
import pathlib
import struct
import sys

TARGET = pathlib.Path(sys.argv[1]).resolve()
DATA = pathlib.Path(os.environ["ASTERISM_SOURCE_DIR"]) / "tests/data/event-log"


def records(log):
    """Header and records of a crypto-agile log, as byte strings."""
    header_size = 32 + struct.unpack_from("<I", log, 28)[0]
    count = struct.unpack_from("<I", log, 56)[0]
    sizes = dict(struct.unpack_from("<HH", log, 60 + 4 * i) for i in range(count))
    found, at = [log[:header_size]], header_size
    while at < len(log) and log[at : at + 4] != b"\xff" * 4:
        end = at + 12
        for _ in range(struct.unpack_from("<I", log, at + 8)[0]):
            end += 2 + sizes[struct.unpack_from("<H", log, end)[0]]
        end += 4 + struct.unpack_from("<I", log, end)[0]
        found.append(log[at:end])
        at = end
    return found


def main():
    for path in sorted(DATA.iterdir()):
        if path.suffix in (".bin", ".dat") or path.name.endswith("_eventlog"):
            log = path.read_bytes().rstrip(b"\xff")
            (TARGET / path.name).write_bytes(log + b"\xff" * 20)
            if log[32:47] == b"Spec ID Event03":
                header, *rest = records(log)
                for number, record in enumerate(rest):
                    if len(record) < 2000:
                        (TARGET / f"{path.name}.{number}").write_bytes(header + record)


if __name__ == "__main__":
    main()
