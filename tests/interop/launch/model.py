# SPDX-License-Identifier: Apache-2.0
"""Launch digests computed a second time, from the specifications, with nothing but hashlib."""

import hashlib
import struct
import uuid

PAGE = 4096
VMSA_GPA = 0xfffffffff000
# (offset, size) of the VMSA's fields that are not segments: AMD APM volume 2, table B-4.
FIELDS = {"efer": (0xd0, 8), "cr4": (0x148, 8), "cr0": (0x158, 8), "dr7": (0x160, 8), "dr6": (0x168, 8), "rflags": (0x170, 8),
          "rip": (0x178, 8), "g_pat": (0x268, 8), "rdx": (0x310, 8), "sev_features": (0x3b0, 8), "xcr0": (0x3e8, 8),
          "mxcsr": (0x408, 4), "x87_fcw": (0x410, 2)}
RESET = {"efer": 0x1000, "cr4": 0x40, "cr0": 0x10, "dr7": 0x400, "dr6": 0xffff0ff0, "rflags": 2, "g_pat": 0x7040600070406,
         "xcr0": 1, "mxcsr": 0, "x87_fcw": 0}
# name of VMM and revision -> cs of the first processor, cs of others, ss, tr, other registers
VMMS = {("qemu", "fpu-reset"): (0x9b, 0x9b, 0x93, 0x8b, {"mxcsr": 0x1f80, "x87_fcw": 0x37f}),
        ("qemu", "fpu-zero"): (0x9b, 0x9b, 0x93, 0x8b, {}),
        ("ec2", "rdx-600"): (0x9a, 0x9b, 0x92, 0x83, {"rdx": 0x600}),
        ("ec2", "rdx-0"): (0x9a, 0x9b, 0x92, 0x83, {"rdx": 0}),
        ("gce", "gce"): (0x9b, 0x9b, 0x93, 0x8b, {"rdx": 0x600, "g_pat": 0x70106})}
SECTION = {1: 3, 2: 5, 3: 6, 4: 3, 0x10: 3}  # type in the SEV metadata -> page type


def sha384(data):
    return hashlib.sha384(data).digest()


def table(firmware):
    """GUID -> data, of OVMF's table below the reset vector."""
    at = len(firmware) - 32 - 18
    start = at + 18 - struct.unpack_from("<H", firmware, at)[0]
    entries = {}
    while at > start:
        size = struct.unpack_from("<H", firmware, at - 18)[0]
        entries[str(uuid.UUID(bytes_le=firmware[at - 16:at]))] = firmware[at - size:at - 18]
        at -= size
    return entries


def metadata(firmware, guid, row):
    """Rows of the block that an entry of the table points at."""
    at = len(firmware) - struct.unpack("<I", table(firmware)[guid])[0]
    count = struct.unpack_from("<I", firmware, at + 12)[0]
    return [struct.unpack_from(row, firmware, at + 16 + i * struct.calcsize(row)) for i in range(count)]


def snp_sections(firmware):
    return metadata(firmware, "dc886566-984a-4798-a75e-5585a7bf67cc", "<III")


def vmsa(vmm, revision, first, eip, features, signature):
    cs_first, cs_other, ss, tr, registers = VMMS[vmm, revision]
    page = bytearray(PAGE)
    data = (0, 0x93, 0xffff, 0)
    segments = [data, (0xf000, cs_first if first else cs_other, 0xffff, eip & 0xffff0000), (0, ss, 0xffff, 0), data, data, data,
                (0, 0, 0xffff, 0), (0, 0x82, 0xffff, 0), (0, 0, 0xffff, 0), (0, tr, 0xffff, 0)]
    for i, segment in enumerate(segments):
        struct.pack_into("<HHIQ", page, 16 * i, *segment)
    values = RESET | {"rip": eip & 0xffff, "rdx": signature, "sev_features": features} | registers
    for name, value in values.items():
        offset, size = FIELDS[name]
        page[offset:offset + size] = value.to_bytes(size, "little")
    return bytes(page)


def vmsas(firmware, vmm, revision, count, features, signature):
    eip = struct.unpack("<I", table(firmware)["00f771de-1a7e-4fcb-890e-68c77e2fb44e"])[0]
    first = vmsa(vmm, revision, True, 0xfffffff0, features, signature)
    return [first] + [vmsa(vmm, revision, False, eip, features, signature)] * (count - 1)


def extend(digest, kind, gpa, content=bytes(48)):
    return sha384(digest + content + struct.pack("<HBBBBBBQ", 0x70, kind, 0, 0, 0, 0, 0, gpa))


def hash_table(kernel, initrd, command_line):
    entry = lambda guid, data: uuid.UUID(guid).bytes_le + struct.pack("<H", 50) + hashlib.sha256(data).digest()
    rows = (entry("97d02dd8-bd20-4c94-aa78-e7714d36ab2a", command_line.encode() + b"\0") +
            entry("44baf731-3a2f-4bd7-9af1-41e29169781d", initrd) + entry("4de79437-abd2-427f-b835-d5b172d2045b", kernel))
    whole = uuid.UUID("9438d606-4f22-4cc9-b479-a793d411fd21").bytes_le + struct.pack("<H", 18 + len(rows)) + rows
    return whole.ljust((len(whole) + 15) // 16 * 16, b"\0")


def snp(firmware, vmm, revision, count, features, signature, kernel=None):
    """`kernel` is (kernel, initrd, command line) for measured direct boot."""
    digest = bytes(48)
    base = (1 << 32) - len(firmware)
    for at in range(0, len(firmware), PAGE):
        digest = extend(digest, 1, base + at, sha384(firmware[at:at + PAGE]))
    sections = snp_sections(firmware)
    if vmm == "ec2":
        sections = [s for s in sections if s[2] != 3] + [s for s in sections if s[2] == 3]
    for gpa, size, kind in sections:
        if kind == 0x10 and kernel:
            place = struct.unpack("<II", table(firmware)["7255371f-3a3b-4b04-927b-1da6efa8d454"])[0]
            page = (bytes(place & 0xfff) + hash_table(*kernel)).ljust(PAGE, b"\0")
            digest = extend(digest, 1, gpa, sha384(page))
            continue
        for at in range(gpa, gpa + size, PAGE):
            digest = extend(digest, 4 if kind == 1 and vmm == "gce" else SECTION[kind], at)
    for page in vmsas(firmware, vmm, revision, count, features, signature):
        digest = extend(digest, 2, VMSA_GPA, sha384(page))
    return digest.hex()


def sev(firmware, kernel=None):
    return hashlib.sha256(firmware + (hash_table(*kernel) if kernel else b"")).hexdigest()


def sev_es(firmware, vmm, revision, count, features, signature, kernel=None):
    stream = firmware + (hash_table(*kernel) if kernel else b"")
    return hashlib.sha256(stream + b"".join(vmsas(firmware, vmm, revision, count, features, signature))).hexdigest()


def mrtd(firmware, order):
    record = lambda name, gpa: (name.ljust(16, b"\0") + struct.pack("<Q", gpa)).ljust(128, b"\0")
    stream = hashlib.sha384()
    for offset, size, gpa, memory, _, attributes in metadata(firmware, "e47a6535-984a-4798-865e-4685a7bf8ec2", "<IIQQII"):
        if attributes & 2:
            continue
        content = firmware[offset:offset + size].ljust(memory, b"\0")
        steps = [("add", at) for at in range(0, memory, PAGE)]
        if attributes & 1:
            measured = [("extend", at) for at in range(0, memory, PAGE)]
            steps = [step for pair in zip(steps, measured) for step in pair] if order == "by-page" else steps + measured
        for step, at in steps:
            if step == "add":
                stream.update(record(b"MEM.PAGE.ADD", gpa + at))
                continue
            for chunk in range(at, at + PAGE, 256):
                stream.update(record(b"MR.EXTEND", gpa + chunk) + content[chunk:chunk + 256])
    return stream.hexdigest()
