# SPDX-License-Identifier: Apache-2.0
"""The command line: help texts, exit codes, one-line errors. ASTERISM_WRITE_GOLDEN=1 writes the help texts anew."""

import os
import pathlib

import interop

GOLDEN = pathlib.Path(os.environ["ASTERISM_SOURCE_DIR"]) / "tests/interop/golden"


def check_help(name, *words):
    text = interop.run(interop.BINARY, *words, "--help").stdout
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("ASTERISM_WRITE_GOLDEN"):
        path.write_text(text)
    interop.same(text, path.read_text(), f"help of {name}")


def check_exit_codes():
    uki = interop.build_uki("uki.efi", interop.parts("parts"))
    interop.write("junk", "junk")
    interop.write("newer.efi", uki.read_bytes().replace(b"systemd-stub 257", b"systemd-stub 999"))
    rows = [
        (2, "no verb", []),
        (2, "nonsense", ["nonsense"]),
        (2, "image", ["predict"]),
        (2, "--secure-boot=maybe", ["predict", uki, "--secure-boot=maybe"]),
        (2, "--profile=x", ["predict", uki, "--profile=x"]),
        (2, "--format=xml", ["predict", uki, "--format=xml"]),
        (2, "--uki", ["predict", uki, "--uki=other.efi"]),
        (2, "--locked", ["manifest", "--directory=.", "--version=1", "--revision=r", "x"]),
        (2, "name=path", ["manifest", "--directory=.", "--version=1", "--revision=r", "--locked", "--root-hash=x",
                          "--input=nopath", "x"]),
        (2, "file", ["verify-manifest"]),
        (2, "name=public-key-file", ["trust-policy", "junk"]),
        (3, "absent", ["predict", "absent"]),
        (3, "absent", ["sign", "absent", "--key=junk"]),
        (3, "absent", ["public-key", "absent"]),
        (3, "absent", ["verify-index", "absent", "--key=absent"]),
        (5, "PUBLIC KEY", ["verify-index", "junk", "--key=junk"]),
        (5, "private key", ["public-key", "junk"]),
        (5, "byte", ["release", "junk"]),
        (5, "byte", ["export", "junk", "--format=corim"]),
        (3, "no profile 4", ["predict", uki, "--profile=4"]),
        (3, "absent", ["check-manifest", "absent"]),
        (5, "no GPT", ["predict", "junk"]),
        (5, "byte", ["check-manifest", "junk"]),
        (6, "platform key", ["predict", uki, "--secure-boot=on", "--secure-boot-variables=/usr/share/OVMF/OVMF_VARS_4M.fd"]),
        (9, "999", ["predict", "newer.efi"]),
        (9, "regular file", ["predict", "/dev/null"]),
    ]
    for code, part, words in rows:
        message = interop.refused(code, *words)
        interop.holds(message.startswith("measured-boot: error: "), message)
        interop.holds(part in message, f"'{part}' in: {message}")
        interop.holds("; " in message, f"advice in: {message}")


def check_output():
    version = (pathlib.Path(os.environ["ASTERISM_SOURCE_DIR"]) / "VERSION").read_text().strip()
    interop.same(interop.run(interop.BINARY, "--version").stdout.strip(), version, "--version")
    with open("/dev/full", "w", encoding="ascii") as full:
        done = interop.subprocess.run([interop.BINARY, "predict", "uki.efi"], stdout=full, stderr=-1, check=False)
    interop.same(done.returncode, 4, "exit code for a full disk")
    twice = [interop.run(interop.BINARY, "predict", "uki.efi", "--json", "--events").stdout for _ in range(2)]
    interop.same(twice[0], twice[1], "output of two runs")


def main():
    check_help("help")
    for verb in ("predict", "snp", "sev", "sev-es", "tdx", "id-block", "replay", "explain", "manifest", "check-manifest", "release", "sign", "sign-policy",
                 "public-key", "trust-policy", "verify-manifest", "export", "provenance", "index", "verify-index"):
        check_help(f"help-{verb}", verb)
    check_exit_codes()
    check_output()


if __name__ == "__main__":
    main()
