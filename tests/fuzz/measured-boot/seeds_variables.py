# SPDX-License-Identifier: Apache-2.0
"""Signature lists of efitools, a small variable store, and an Authenticode signature."""

import os
import struct
import uuid

import seeds


def store(variables):
    out = bytes(16) + uuid.UUID("fff12b8d-7696-4c8b-a985-2747075b4f50").bytes_le
    out += struct.pack("<QIIHH4x", 0x1000, 0x4856465f, 0, 0x48, 0).ljust(0x48 - 32, b"\0")
    out += uuid.UUID("aaf32c78-947b-439a-a180-2e144ec37792").bytes_le + struct.pack("<IHHI", 0x1000 - 0x48, 0xfe5a, 0, 0)
    for name, data in variables:
        wide = name.encode("utf-16-le") + b"\0\0"
        out += struct.pack("<HBBI28xII", 0x55aa, 0x3f, 0, 7, len(wide), len(data))
        out += uuid.UUID("d719b2cb-3d3a-4596-a3bc-dad00e67656f").bytes_le + wide + data
        out = out.ljust((len(out) + 3) // 4 * 4, b"\xff")
    return out.ljust(0x1000, b"\xff")


def main():
    with seeds.scratch() as folder:
        os.chdir(folder)
        seeds.run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-keyout", "k", "-out", "c")
        seeds.run("cert-to-efi-sig-list", "c", "esl")
        lists = open("esl", "rb").read()
        seeds.save("certificate", lists)
        stub = seeds.EFI / "addonx64.efi.stub"
        seeds.run("hash-to-efi-sig-list", stub, "hash")
        seeds.save("both", lists + open("hash", "rb").read())
        seeds.save("store", store([("db", lists), ("dbx", b""), ("PK", lists)]))
        seeds.run("sbsign", "--key", "k", "--cert", "c", "--detached", "--output", "signature", stub)
        seeds.save("signature", open("signature", "rb").read())


if __name__ == "__main__":
    main()
