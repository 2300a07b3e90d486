# SPDX-License-Identifier: Apache-2.0
"""The launch digest of IGVM files against a second model, and what the file's own ID block is worth."""

import json
import struct

import interop
import model
from igvm_file import Builder

VMSA_GPA = 0xfffffffff000


def report(path):
    return json.loads(interop.run(interop.BINARY, "snp", f"--igvm={path}", "--json").stdout)


def digest(steps, contexts, zero_type):
    """Steps are (gpa, content or None, flags, kind); 2 MiB pages count as 512 small ones."""
    value = bytes(48)
    for gpa, content, flags, kind in steps:
        size = 0x200000 if flags & 1 else 0x1000
        for at in range(0, size, 4096):
            if kind == 1:
                value = model.extend(value, 5, gpa + at)
            elif kind in (2, 3):
                value = model.extend(value, 6, gpa + at)
            elif flags & 2:
                value = model.extend(value, 4, gpa + at)
            elif content is None and zero_type:
                value = model.extend(value, 3, gpa + at)
            else:
                page = bytes(4096) if content is None else content[at:at + 4096]
                value = model.extend(value, 1, gpa + at, model.sha384(page))
    for gpa, content in contexts:
        value = model.extend(value, 2, gpa, model.sha384(content))
    return value.hex()


def main():
    vmsa = bytearray(interop.bytes_of(4096, 5))
    struct.pack_into("<Q", vmsa, 0x3b0, 0x29)
    steps = [(0x100000, interop.bytes_of(4096, 1), 0, 0), (0x101000, None, 0, 0), (0x102000, None, 2, 0),
             (0x103000, None, 0, 1), (0x104000, interop.bytes_of(4096, 2), 0, 2), (0x105000, None, 0, 3),
             (0x200000, interop.bytes_of(0x200000, 3), 1, 0), (0x400000, None, 1, 0)]
    file = Builder(version=2).platform().platform(mask=2, kind=4)
    for gpa, content, flags, kind in steps:
        file.page(gpa, content, flags=flags, kind=kind)
    file.page(0x700000, interop.bytes_of(4096, 4), mask=2)  # for another platform: does not count
    file.parameters(0x800000, 0x3000)
    file.other(0x305, struct.pack("<QIIII", 0x900000, 1, 0x100000, 0, 0))
    file.context(VMSA_GPA, bytes(vmsa))
    counted = steps + [(0x800000 + at, None, 2, 0) for at in (0, 0x1000, 0x2000)]
    wanted = {name: digest(counted, [(VMSA_GPA, vmsa)], zero) for name, zero in (("zero-type", True), ("zero-data", False))}
    interop.write("guest.igvm", file.build())
    found = report("guest.igvm")
    interop.same({value["revision"]: value["measurement"] for value in found["values"]}, wanted, "digests")
    interop.same({(value["vcpus"], value["guest_features"]) for value in found["values"]}, {(1, "0x29")}, "what the VMSA says")
    interop.same(found["notes"], [], "notes")

    interop.write("right.igvm", file.id_block(bytes.fromhex(wanted["zero-type"])).build())
    interop.holds("with zero-type" in report("right.igvm")["notes"][0], "an ID block that is met")
    file.page(0xa00000, None, flags=2).context(0x1000, bytes(vmsa), index=1)
    interop.write("odd.igvm", file.build())
    notes = " ".join(report("odd.igvm")["notes"])
    for part in ("stand behind", "another address", "more than one", "expects another digest"):
        interop.holds(part in notes, f"'{part}' in {notes}")

    interop.write("sev.igvm", Builder().platform(kind=4).page(0x1000, bytes(4096)).build())
    interop.refused(9, "snp", "--igvm=sev.igvm")
    interop.write("none.igvm", Builder().platform().page(0x1000, bytes(4096)).build())
    interop.refused(9, "snp", "--igvm=none.igvm")
    interop.write("cut.igvm", file.build()[:-1])
    interop.refused(5, "snp", "--igvm=cut.igvm")
    interop.refused(2, "snp", "--igvm=guest.igvm", "--vcpu-type=EPYC")
    interop.refused(2, "snp", "--vcpu-type=EPYC")


if __name__ == "__main__":
    main()
