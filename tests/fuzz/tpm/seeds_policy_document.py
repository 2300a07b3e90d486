# SPDX-License-Identifier: Apache-2.0
"""A document of each shape, a sealed key, and public keys of both kinds made by openssl."""

import json
import pathlib
import subprocess
import sys

TARGET = pathlib.Path(sys.argv[1])
DIGEST = "a" * 64


def entry(*pcrs):
    made = {"pkfp": DIGEST, "pol": DIGEST, "sig": "AAAA"}
    return {"pcrs": list(pcrs), **made} if pcrs else made


def save(name, content):
    (TARGET / name).write_text(content if isinstance(content, str) else json.dumps(content))


def main():
    systemd = {bank: [entry(11), entry(11)] for bank in ("sha256", "sha384")}
    own = {"format": 1, "security_version": 7, "floor": 5, "state": {"sha256": [entry(11, 12, 13)]},
           "floor_start": entry(), "floor_raise": entry()}
    save("systemd", systemd)
    save("both", {**systemd, "asterism": own})
    save("own", {"asterism": own})
    save("sealed", {"format": 1, "bank": "sha256", "public": "AAAA", "private": "AAAA", "parent": "AAAA"})
    for name, kind in (("rsa", ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]),
                       ("ecc", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"])):
        key = subprocess.run(["openssl", "genpkey", *kind], check=True, capture_output=True).stdout
        public = subprocess.run(["openssl", "pkey", "-pubout"], input=key, check=True, capture_output=True).stdout
        save(f"{name}.pem", public.decode())


if __name__ == "__main__":
    main()
