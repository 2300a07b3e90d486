# SPDX-License-Identifier: Apache-2.0
"""Small PE files: stubs as they come, a UKI with a stub cut to its headers, signed and with profiles."""

import os
import struct

import seeds


def tiny(sections, certificates=b""):
    """A PE32+ file with the given (name, content) sections, 0x200-aligned."""
    headers = (0x148 + 40 * len(sections) + 0x1ff) // 0x200 * 0x200
    table, body, address = b"", b"", 0x1000
    for name, content in sections:
        raw = (len(content) + 0x1ff) // 0x200 * 0x200
        table += struct.pack("<8sIIIIIIHHI", name.encode(), len(content), address, raw, headers + len(body), 0, 0, 0, 0, 0)
        body += content.ljust(raw, b"\0")
        address += 0x1000 * (1 + len(content) // 0x1000)
    out = bytearray(headers)
    out[0:2] = b"MZ"
    struct.pack_into("<I", out, 0x3c, 0x40)
    struct.pack_into("<4sHHIIIHHH", out, 0x40, b"PE\0\0", 0x8664, len(sections), 0, 0, 0, 240, 0x22, 0x20b)
    struct.pack_into("<IIIIH", out, 0x58 + 52, 0, address, headers, 0, 10)
    struct.pack_into("<I", out, 0x58 + 108, 16)
    if certificates:
        struct.pack_into("<II", out, 0xe8, headers + len(body), len(certificates))
    out[0x148:0x148 + len(table)] = table
    return bytes(out) + body + certificates


def main():
    kernel = tiny([(".text", b"kernel")])
    magic = b"#### LoaderInfo: systemd-stub %d ####"
    for version in (252, 254, 256, 257, 258, 261):
        seeds.save(f"uki-{version}", tiny([(".sdmagic", magic % version), (".linux", kernel), (".osrel", b"ID=x\n"),
                                           (".cmdline", b"quiet"), (".initrd", b"initrd"), (".pcrsig", b"{}")]))
    seeds.save("profiles", tiny([(".sdmagic", magic % 257), (".linux", kernel), (".profile", b"ID=a"),
                                 (".profile", b"ID=b"), (".cmdline", b"x")]))
    certificate = struct.pack("<IHH", 16, 0x200, 2) + b"pkcs7..."
    seeds.save("certificates", tiny([(".text", b"x")], certificate))
    addon = (seeds.EFI / "addonx64.efi.stub").read_bytes()
    seeds.save("addon", addon)
    with seeds.scratch() as folder:
        os.chdir(folder)
        seeds.run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-keyout", "k", "-out", "c")
        seeds.run("sbsign", "--key", "k", "--cert", "c", "--output", "signed", seeds.EFI / "addonx64.efi.stub")
        seeds.save("signed", open("signed", "rb").read())


if __name__ == "__main__":
    main()
