# SPDX-License-Identifier: Apache-2.0
"""Tables and logs of real TDX guests."""

import os
import pathlib
import sys

TARGET = pathlib.Path(sys.argv[1]).resolve()
DATA = pathlib.Path(os.environ["ASTERISM_SOURCE_DIR"]) / "tests/data/event-log"


def main():
    table = (DATA / "ccel_table.dat").read_bytes()
    for name in ("ccel_data.dat", "CCEL_unpadded.data.bin"):
        log = (DATA / name).read_bytes().rstrip(b"\xff")
        (TARGET / name).write_bytes(table + log + b"\xff" * 30)
        (TARGET / f"{name}.short").write_bytes(table + log[:400])
    (TARGET / "table").write_bytes(table)


if __name__ == "__main__":
    main()
