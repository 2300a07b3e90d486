# SPDX-License-Identifier: Apache-2.0
"""What the seed scripts here share: JSON documents as seeds, into the folder argv[1]."""

import json
import os
import pathlib
import sys

TARGET = pathlib.Path(sys.argv[1])


def save_text(name, text):
    (TARGET / name).write_text(text)


def save(name, value):
    save_text(name, json.dumps(value, separators=(",", ":")))


def save_examples(kind):
    examples = pathlib.Path(os.environ["ASTERISM_SOURCE_DIR"]) / "image-manifests/examples" / kind
    for path in sorted(examples.glob("*/*.json")):
        (TARGET / f"{path.parent.name}-{path.stem}").write_bytes(path.read_bytes())
