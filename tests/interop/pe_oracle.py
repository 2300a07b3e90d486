# SPDX-License-Identifier: Apache-2.0
"""Sections as python3-pefile reads them, and refusal of damaged files without a crash."""

import hashlib
import random
import struct

import pefile

import interop


def check_sections(uki):
    image = pefile.PE(uki, fast_load=True)
    data = open(uki, "rb").read()
    wanted = {}
    for section in image.sections:
        name = section.Name.rstrip(b"\0").decode()
        size = section.Misc_VirtualSize
        loaded = data[section.PointerToRawData:][:min(size, section.SizeOfRawData)].ljust(size, b"\0")
        wanted[name] = (size, hashlib.sha256(loaded).hexdigest(), hashlib.sha384(loaded).hexdigest())
    found = interop.predict(uki, "--secure-boot=off")["sections"]
    interop.holds(len(found) >= 6, "a UKI has at least six known sections")
    for section in found:
        interop.same((section["size"], section["sha256"], section["sha384"]), wanted[section["name"]], section["name"])


def check_damaged(uki):
    """Headers with random bytes: the program answers with values or with one line, never in any other way."""
    data = open(uki, "rb").read()
    header = struct.unpack_from("<I", data, 0x3c)[0]
    rng = random.Random(7)
    refusals = 0
    for number in range(150):
        damaged = bytearray(data)
        for _ in range(rng.randint(1, 4)):
            damaged[rng.randrange(header, header + 0x300)] = rng.randrange(256)
        if number % 5 == 0:
            del damaged[rng.randrange(len(damaged)):]
        path = interop.write("damaged.efi", bytes(damaged))
        done = interop.run(interop.BINARY, "predict", path, check=False)
        interop.holds(done.returncode in (0, 5, 6, 9), f"exit code {done.returncode} for damage {number}: {done.stderr}")
        interop.same(len(done.stderr.splitlines()), 1 if done.returncode else 0, f"lines of message for damage {number}")
        refusals += done.returncode != 0
    interop.holds(refusals > 50, f"damage gets noticed ({refusals} of 150)")


def main():
    uki = str(interop.build_uki("uki.efi", interop.parts("parts")))
    check_sections(uki)
    check_sections(str(interop.build_uki("odd.efi", interop.parts("odd", initrd_size=4097, cmdline="c"))))
    check_damaged(uki)


if __name__ == "__main__":
    main()
