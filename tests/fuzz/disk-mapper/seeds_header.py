# SPDX-License-Identifier: Apache-2.0
"""Headers of state disks as JSON text, and plain LUKS2 headers that cryptsetup made."""

import json
import os
import pathlib
import sys
import subprocess
import tempfile

TARGET = pathlib.Path(sys.argv[1]).resolve()
AREA = 385024


def slot(offset):
    return {"type": "luks2", "key_size": 96, "af": {"type": "luks1", "stripes": 4000, "hash": "sha256"},
            "area": {"type": "raw", "offset": str(offset), "size": str(AREA), "encryption": "aes-xts-plain64", "key_size": 64},
            "kdf": {"type": "pbkdf2", "hash": "sha256", "iterations": 1000, "salt": "A" * 43 + "="}}


def header(slots, generation, node):
    numbers = [str(number) for number in range(slots)]
    return {
        "keyslots": {number: slot(32768 + int(number) * AREA) for number in numbers},
        "tokens": {"0": {"type": "asterism-state", "keyslots": [], "generation": str(generation), "node_slots": node,
                         "sealed": "text", "mac": "00" * 32}},
        "segments": {"0": {"type": "crypt", "offset": "16777216", "size": "dynamic", "iv_tweak": "0", "encryption": "aes-xts-plain64",
                           "sector_size": 4096,
                           "integrity": {"type": "hmac(sha256)", "journal_encryption": "none", "journal_integrity": "none"}}},
        "digests": {"0": {"type": "pbkdf2", "keyslots": numbers, "segments": ["0"], "hash": "sha256", "iterations": 1000,
                          "salt": "A" * 43 + "=", "digest": "B" * 42 + "A="}},
        "config": {"json_size": "12288", "keyslots_size": "16744448"}}


def main():
    texts = [json.dumps(header(slots, 1, ["0"]), separators=(",", ":")).encode() for slots in (1, 2, 8)]
    for number, text in enumerate(texts):
        (TARGET / f"one-{number}").write_bytes(b"\x01" + text)
    newer = json.dumps(header(2, 2, [])).encode()
    (TARGET / "two").write_bytes(b"\x02" + texts[1] + b"\0" + newer)
    with tempfile.TemporaryDirectory(prefix="seeds.") as folder:
        os.chdir(folder)
        pathlib.Path("key").write_bytes(b"key")
        pathlib.Path("disk").write_bytes(bytes(32 << 20))
        subprocess.run(["cryptsetup", "luksFormat", "-q", "--type", "luks2", "--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000",
                        "--label", "asterism-state", "--key-file", "key", "disk"], check=True)
        metadata = pathlib.Path("disk").read_bytes()[:32768]
    (TARGET / "raw").write_bytes(b"\x00" + metadata)
    (TARGET / "foreign").write_bytes(b"\x01" + metadata[4096:16384].rstrip(b"\0"))


if __name__ == "__main__":
    main()
