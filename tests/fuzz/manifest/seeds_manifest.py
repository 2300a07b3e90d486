# SPDX-License-Identifier: Apache-2.0
"""The example manifests, valid and invalid."""

import os
import pathlib
import sys

sys.path.insert(0, os.environ["ASTERISM_SOURCE_DIR"] + "/tests/fuzz/measured-boot")
import seeds


def main():
    examples = pathlib.Path(os.environ["ASTERISM_SOURCE_DIR"]) / "image-manifests/examples/manifest"
    for path in sorted(examples.glob("*/*.json")):
        seeds.save(f"{path.parent.name}-{path.stem}", path.read_bytes())


if __name__ == "__main__":
    main()
