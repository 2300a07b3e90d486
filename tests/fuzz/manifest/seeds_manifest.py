# SPDX-License-Identifier: Apache-2.0
"""The example manifests, valid and invalid, and one that is short enough for a fuzzer to try much of it."""

import json

import documents


def shortened(manifest):
    """One platform, one Secure Boot setting, one bank, one phase."""
    registers = manifest["measurements"]["qemu"]["secure_boot_off"]["sha256"]
    registers["11"] = {"ready": registers["11"]["ready"]}
    manifest["measurements"] = {"qemu": {"secure_boot_off": {"sha256": registers}}}
    return manifest


if __name__ == "__main__":
    documents.save_examples("manifest")
    documents.save("short", shortened(json.loads((documents.TARGET / "valid-released").read_text())))
