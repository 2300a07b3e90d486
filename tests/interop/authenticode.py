# SPDX-License-Identifier: Apache-2.0
"""Authenticode digests equal pesign's and osslsigncode's for signed and unsigned files of all sizes."""

import pathlib
import struct

import interop


def keys():
    interop.run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test", "-days", "30",
                "-keyout", "key.pem", "-out", "cert.pem")


def ours(path, uki):
    """Any PE file can stand as the boot loader."""
    return interop.predict(uki, f"--boot-loader={path}", "--secure-boot=off")["boot_loader"]["authenticode"]


def pesign(path):
    return interop.run("pesign", "-h", "-i", path, "-d", "sha256").stdout.split()[0]


def compare(path, uki):
    """pesign knows SHA-256 only; for SHA-384 the second model stands in, and osslsigncode on what it signed."""
    found = ours(path, uki)
    interop.same(found["sha256"], pesign(path), f"{path} by pesign")
    for bank in interop.BANKS:
        interop.same(found[bank], edk2(pathlib.Path(path).read_bytes(), bank), f"{path} {bank}")
    return found


def osslsigncode(path):
    """The digest that osslsigncode computes of a file that it signed with SHA-384."""
    lines = interop.run("osslsigncode", "verify", "-CAfile", "cert.pem", path, check=False).stdout.splitlines()
    found = [line.split(":")[1].strip().lower() for line in lines if line.startswith("Calculated message digest")]
    interop.same(len(found), 1, f"digests in the output of osslsigncode for {path}")
    return found[0]


def with_trailing(source, name, size):
    return interop.write(name, pathlib.Path(source).read_bytes() + interop.bytes_of(size, size))


def edk2(data, bank):
    """The digest by the text of the specification: a second model."""
    header = struct.unpack_from("<I", data, 0x3c)[0]
    sections, optional_size = struct.unpack_from("<H12xH", data, header + 6)
    optional = header + 24
    checksum, directory = optional + 64, optional + 144
    headers = struct.unpack_from("<I", data, optional + 60)[0]
    table = [struct.unpack_from("<II", data, optional + optional_size + 40 * i + 16) for i in range(sections)]
    digest = interop.hashlib.new(bank)
    digest.update(data[:checksum] + data[checksum + 4:directory] + data[directory + 8:headers])
    for size, offset in sorted((row for row in table if row[0]), key=lambda row: row[1]):
        digest.update(data[offset:offset + size])
        headers += size
    digest.update(data[headers:len(data) - struct.unpack_from("<I", data, directory + 4)[0]])
    return digest.hexdigest()


def main():
    keys()
    uki = interop.build_uki("uki.efi", interop.parts("parts"))
    files = [interop.LOADER, interop.STUB, interop.EFI / "addonx64.efi.stub", uki,
             interop.build_uki("odd.efi", interop.parts("odd", initrd_size=4099))]
    for size in (8, 16, 4096):
        files.append(with_trailing(interop.LOADER, f"trailing-{size}.efi", size))
    for path in files:
        unsigned = compare(path, uki)
        for tool, words in (("sbsign", ["--key", "key.pem", "--cert", "cert.pem", "--output", "signed.efi", path]),
                            ("osslsigncode", ["sign", "-h", "sha256", "-key", "key.pem", "-certs", "cert.pem",
                                              "-in", path, "-out", "signed.efi"])):
            pathlib.Path("signed.efi").unlink(missing_ok=True)
            interop.run(tool, *words)
            signed = compare("signed.efi", uki)
            interop.same(signed, unsigned, f"{path} signed by {tool}")
            interop.run("sbverify", "--cert", "cert.pem", "signed.efi")
        pathlib.Path("signed.efi").unlink()
        interop.run("osslsigncode", "sign", "-h", "sha384", "-key", "key.pem", "-certs", "cert.pem", "-in", path,
                    "-out", "signed.efi")
        interop.same(osslsigncode("signed.efi"), unsigned["sha384"], f"{path} by osslsigncode")

    # Unsigned and not a multiple of 8: signing tools pad before they hash, the firmware does not.
    for size in (1, 3, 7, 13):
        path = with_trailing(interop.LOADER, f"odd-{size}.efi", size)
        found = ours(path, uki)
        for bank in interop.BANKS:
            interop.same(found[bank], edk2(path.read_bytes(), bank), f"{path} {bank}")
        padded = interop.write("padded.efi", path.read_bytes() + bytes(-path.stat().st_size % 8))
        interop.same(ours(padded, uki)["sha256"], pesign(padded), f"{path} padded")
        interop.holds(found["sha256"] != ours(padded, uki)["sha256"], "padding changes the digest")


if __name__ == "__main__":
    main()
