# SPDX-License-Identifier: Apache-2.0
"""What the seed scripts share: recorded evidence of the source tree, saved into the folder argv[1]."""

import os
import pathlib
import sys

TARGET = pathlib.Path(sys.argv[1]).resolve()
DATA = pathlib.Path(os.environ.get("ASTERISM_SOURCE_DIR", pathlib.Path(__file__).parents[3])) / "tests/data/attestation"


def save(name, content):
    (TARGET / name).write_bytes(content)


def recorded(*names):
    for name in names:
        save(name, (DATA / name).read_bytes())
