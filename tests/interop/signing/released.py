# SPDX-License-Identifier: Apache-2.0
"""Every manifest in image-manifests/released/: its schema, its signatures, and that any altered byte is noticed."""

import json
import os
import pathlib
import shutil

import signing
from signing import interop, ours

RELEASED = pathlib.Path(os.environ["ASTERISM_SOURCE_DIR"]) / "image-manifests/released"


def check(folder):
    """A folder <version>/ has manifest.json, its signatures and the policy.json that they satisfy."""
    fields = signing.fits_schema("manifest", json.loads((folder / "manifest.json").read_text()))
    interop.same(fields["version"], folder.name, "version of the folder")
    interop.holds(fields["locked"] and not fields["revision"].endswith("-dirty"), f"{folder}: built from locked packages and a commit")
    within = f"--at={fields['release']['not_before']}"
    out = ours("verify-manifest", folder / "manifest.json", f"--policy={folder}/policy.json", "--allow-candidate", within).stdout
    interop.holds(out.startswith(f"{fields['name']} {folder.name}: {fields['release']['state']}, "), out)

    copy = pathlib.Path("altered") / folder.name
    shutil.copytree(folder, copy)
    content = bytearray((copy / "manifest.json").read_bytes())
    at = content.index(fields["verity"]["root_hash"].encode())
    content[at] = ord("0") if content[at] != ord("0") else ord("1")
    (copy / "manifest.json").write_bytes(content)
    interop.refused(6, "verify-manifest", copy / "manifest.json", f"--policy={copy}/policy.json", "--allow-candidate", within)


def main():
    folders = sorted(path for path in RELEASED.iterdir() if path.is_dir())
    interop.holds(folders, f"{RELEASED} has a release")
    for folder in folders:
        check(folder)


if __name__ == "__main__":
    main()
