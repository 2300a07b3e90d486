# SPDX-License-Identifier: Apache-2.0
"""Small IGVM files with every kind of header."""

import pathlib
import sys

DIRECTORY = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "interop/launch"))
from igvm_file import Builder  # noqa: E402


def main():
    for version in (1, 2):
        file = Builder(version).platform().platform(mask=2, kind=4).page(0x1000, b"a" * 4096).page(0x2000)
        file.page(0x3000, flags=2).page(0x4000, kind=1).page(0x5000, kind=2).page(0x200000, flags=1)
        file.parameters(0x6000, 0x2000).other(0x305, bytes(24)).id_block(b"d" * 48).context(0xfffffffff000, b"v" * 4096)
        (DIRECTORY / f"all-{version}").write_bytes(file.build())
    (DIRECTORY / "platform").write_bytes(Builder().platform().build())


if __name__ == "__main__":
    main()
