# SPDX-License-Identifier: Apache-2.0
"""PCR 9: the initrd as systemd-stub assembles it, by a second, independent model, checked with cpio."""

import hashlib

import interop


def member(inode, mode, name, content=b""):
    fields = (inode, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0)
    header = b"070701" + b"".join(b"%08x" % field for field in fields) + name.encode() + b"\0"
    return header.ljust((len(header) + 3) // 4 * 4, b"\0") + content.ljust((len(content) + 3) // 4 * 4, b"\0")


def archive(name, content):
    trailer = b"070701" + b"00000000" * 4 + b"00000001" + b"00000000" * 6 + b"0000000B" + b"00000000" + b"TRAILER!!!"
    return (member(1, 0o40555, ".extra") + member(2, 0o100444, f".extra/{name}", content) + trailer + b"\0" * 4)


def initrd_of(cut):
    """The buffer the kernel gets; `cut` maps section names to files."""
    pieces = [cut[name].read_bytes() for name in (".ucode", ".initrd") if name in cut]
    for section, name in ((".pcrsig", "tpm2-pcr-signature.json"), (".pcrpkey", "tpm2-pcr-public-key.pem"),
                          (".osrel", "os-release"), (".profile", "profile")):
        if section in cut:
            pieces.append(archive(name, cut[section].read_bytes()))
    if len(pieces) < 2:
        return b"".join(pieces)
    return b"".join(piece.ljust((len(piece) + 3) // 4 * 4, b"\0") for piece in pieces)


def compare(uki, cut, command_line):
    found = interop.predict(uki, "--secure-boot=off")["predictions"][0]
    interop.same(found["command_line"], command_line, f"{uki} command line")
    options = (command_line + "\0").encode("utf-16-le")
    for bank in interop.BANKS:
        wanted = interop.extend(bank, [hashlib.new(bank, data).hexdigest() for data in (options, initrd_of(cut)) if data])
        interop.same(found["banks"][bank]["9"], wanted, f"{uki} PCR 9 {bank}")


def check_archives(cut):
    """cpio unpacks what the model makes, and finds the content unchanged."""
    interop.write("unpack/archive", archive("os-release", cut[".osrel"].read_bytes()))
    with open("unpack/archive", "rb") as packed:
        interop.run("cpio", "-idm", "--quiet", "--no-absolute-filenames", cwd="unpack", stdin=packed)
    interop.same(open("unpack/.extra/os-release", "rb").read(), cut[".osrel"].read_bytes(), "unpacked os-release")


def main():
    interop.run("openssl", "genrsa", "-out", "key.pem", "2048")
    interop.run("openssl", "rsa", "-in", "key.pem", "-pubout", "-out", "public.pem")
    line = "quiet console=ttyS0"
    for name, files, extra in (
            ("plain", interop.parts("plain"), []),
            ("aligned", interop.parts("aligned", initrd_size=4096), []),
            ("ucode", interop.parts("ucode", ucode=interop.bytes_of(1001, 3)), []),
            ("no-initrd", interop.parts("no-initrd", initrd=None), []),
            ("profile", interop.parts("profile", profile="ID=main\n"), []),
            ("signed", interop.parts("signed"), ["--pcr-private-key=key.pem", "--pcr-public-key=public.pem",
                                                 "--pcr-banks=sha256"])):
        uki = interop.build_uki(f"{name}.efi", files, *extra)
        cut = interop.sections(uki, f"{name}.sections")
        compare(uki, cut, line)
    check_archives(cut)
    text = interop.parts("text", cmdline="a=\u00e4\u20ac\U0001f600\x01b\n\n\n")
    uki = interop.build_uki("text.efi", text)
    compare(uki, interop.sections(uki, "text.sections"), "a=\u00e4\u20ac b")


if __name__ == "__main__":
    main()
