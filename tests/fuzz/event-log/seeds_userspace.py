# SPDX-License-Identifier: Apache-2.0
"""Records as systemd writes them."""

import hashlib
import json
import pathlib
import sys

TARGET = pathlib.Path(sys.argv[1]).resolve()


def record(place, kind, text):
    digests = [{"hashAlg": bank, "digest": hashlib.new(bank, text.encode()).hexdigest()} for bank in ("sha1", "sha256", "sha384")]
    content = {"string": text, "bootId": "0123456789abcdef0123456789abcdef", "timestamp": 123456, "eventType": kind}
    return "\x1e" + json.dumps({**place, "digests": digests, "content_type": "systemd", "content": content}) + "\n"


def main():
    phases = "".join(record({"pcr": 11}, "phase", word) for word in ("enter-initrd", "leave-initrd", "sysinit", "ready"))
    (TARGET / "phases").write_text(phases)
    (TARGET / "identity").write_text(record({"pcr": 15}, "machine-id", "machine-id:0123") + record({"pcr": 15}, "volume-key", "x"))
    (TARGET / "index").write_text(record({"nv_index": 0x1d10200}, "product-id", "product-id:missing"))


if __name__ == "__main__":
    main()
