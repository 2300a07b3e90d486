# SPDX-License-Identifier: Apache-2.0
"""Structures written by hand after the TPM 2.0 library specification, and a paravisor's report."""

import struct

import seeds


def sized(data):
    return struct.pack(">H", len(data)) + data


def quote():
    out = struct.pack(">IH", 0xFF544347, 0x8018) + sized(b"\0\x0b" + bytes(32)) + sized(bytes(32))
    out += struct.pack(">QIIBQ", 1000, 3, 1, 1, 0x1122334455667788)
    return out + struct.pack(">IHB", 1, 0x000B, 3) + bytes([0x10, 0x08, 0]) + sized(bytes(32))


def main():
    seeds.save("quote", quote())
    seeds.save("ecdsa", struct.pack(">HH", 0x0018, 0x000B) + sized(bytes(range(32))) + sized(bytes(range(32))))
    seeds.save("rsassa", struct.pack(">HH", 0x0014, 0x000B) + sized(bytes(256)))
    # The point is the generator of P-256.
    x = bytes.fromhex("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296")
    y = bytes.fromhex("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5")
    area = struct.pack(">HHIHHHHHH", 0x0023, 0x000B, 0x00050072, 0, 0x0010, 0x0018, 0x000B, 0x0003, 0x0010)
    seeds.save("public", area + sized(x) + sized(y))
    data = b'{"keys":[{"kid":"HCLAkPub","kty":"RSA","e":"AQAB","n":"' + b"_" * 342 + b'"}],"user-data":"00"}'
    seeds.save("runtime-data", data)
    report = (seeds.DATA / "report_milan_a.bin").read_bytes()
    header = struct.pack("<IIIII", 20 + len(data), 1, 2, 1, len(data))
    seeds.save("hcl", b"HCLA" + bytes(28) + report + header + data)


if __name__ == "__main__":
    main()
