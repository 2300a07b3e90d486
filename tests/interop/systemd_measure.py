# SPDX-License-Identifier: Apache-2.0
"""PCR 11 of real UKIs equals systemd-measure's, in both banks, at every phase."""

import interop

MEASURE = "/usr/lib/systemd/systemd-measure"
OPTIONS = {".linux": "linux", ".osrel": "osrel", ".cmdline": "cmdline", ".initrd": "initrd", ".ucode": "ucode",
           ".splash": "splash", ".uname": "uname", ".sbat": "sbat", ".pcrpkey": "pcrpkey", ".profile": "profile"}


def measure(sections, phases):
    """What systemd-measure prints, by bank."""
    words = [f"--{OPTIONS[name]}={path}" for name, path in sections.items() if name in OPTIONS]
    words += [f"--bank={bank}" for bank in interop.BANKS] + [f"--phase={':'.join(phases)}"]
    lines = interop.run(MEASURE, "calculate", *words).stdout.splitlines()
    return dict(line.removeprefix("11:").split("=") for line in lines if line.startswith("11:"))


def compare(uki, profile, sections):
    found = interop.predict(uki, "--secure-boot=off", f"--profile={profile}")["predictions"][0]["banks"]
    for count in range(len(interop.PHASES) + 1):
        wanted = measure(sections, interop.PHASES[:count])
        stage = interop.PHASES[count - 1] if count else "stub"
        for bank in interop.BANKS:
            interop.same(found[bank]["11"][stage], wanted[bank], f"{uki} PCR 11 {bank} at {stage}")


def main():
    interop.run("openssl", "genrsa", "-out", "key.pem", "2048")
    interop.run("openssl", "rsa", "-in", "key.pem", "-pubout", "-out", "public.pem")
    public = open("public.pem", encoding="ascii").read()
    splash = b"BM" + interop.bytes_of(131, 5)
    cases = {
        "plain": interop.parts("plain"),
        "odd": interop.parts("odd", initrd_size=4097, cmdline="x", osrel="ID=a\nNAME=b"),
        "page": interop.parts("page", initrd_size=8192),
        "small": interop.parts("small", initrd_size=1),
        "no-initrd": interop.parts("no-initrd", initrd=None),
        "everything": interop.parts("everything", splash=splash, ucode=interop.bytes_of(33, 6), pcrpkey=public),
    }
    for name, files in cases.items():
        uki = interop.build_uki(f"{name}.efi", files)
        compare(uki, 0, interop.sections(uki, f"{name}.sections"))

    # The signature that ukify adds must not count.
    signed = interop.build_uki("signed.efi", interop.parts("signed"), "--pcr-private-key=key.pem",
                               "--pcr-public-key=public.pem", "--pcr-banks=sha256,sha384")
    cut = interop.sections(signed, "signed.sections")
    interop.holds(".pcrsig" in cut, "ukify added a signature")
    compare(signed, 0, cut)

    # Profiles: sections of the profile in place of those of the base.
    for number, line in enumerate(("first", "second")):
        files = {"profile": interop.write(f"profile{number}/profile", f"ID={line}\n")}
        if number == 1:
            files["cmdline"] = interop.write("profile1/cmdline", "debug shell")
        interop.build_uki(f"profile{number}.efi", files)
    both = interop.build_uki("profiles.efi", cases["plain"], "--join-profile=profile0.efi", "--join-profile=profile1.efi")
    base = interop.sections(interop.build_uki("base.efi", cases["plain"]), "base.sections")
    # ukify puts a profile "main" before those that it joins.
    compare(both, 0, {**base, ".profile": interop.write("main/profile", "ID=main")})
    compare(both, 1, {**base, ".profile": "profile0/profile"})
    compare(both, 2, {**base, ".profile": "profile1/profile", ".cmdline": "profile1/cmdline"})


if __name__ == "__main__":
    main()
