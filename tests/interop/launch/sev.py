# SPDX-License-Identifier: Apache-2.0
"""SEV, SEV-ES and SEV-SNP launch digests against a second model, for every VMM, and what is refused."""

import hashlib
import json
import pathlib

import jsonschema

import firmware
import interop
import model

SCHEMA = json.loads((pathlib.Path(__file__).resolve().parents[3] / "image-manifests/schemas/launch.schema.json").read_text())
EPYC = 0x800f12


def report(*words):
    found = json.loads(interop.run(interop.BINARY, *words, "--json").stdout)
    jsonschema.Draft7Validator(SCHEMA).validate(found)
    return found


def check_snp(path, content, vmm, revisions, kernel=None, words=()):
    """All revisions and features, one to five processors in one run."""
    found = report("snp", f"--firmware={path}", "--vcpus=1-5", "--vcpu-type=EPYC-v4", f"--vmm={vmm}", "--guest-features=0x1,0x21", *words)
    interop.same(len(found["values"]), 5 * 2 * len(revisions), "digests")
    for value in found["values"]:
        wanted = model.snp(content, vmm, value["revision"], value["vcpus"], int(value["guest_features"], 16), EPYC, kernel)
        interop.same(value["measurement"], wanted, f"{vmm} {value}")
    named = {alternative["name"] for alternative in found["alternatives"]}
    interop.holds(set(revisions) <= named and {"0x1", "0x21"} <= named, f"reasons for {named}")
    return found


def check_sev(path, content, kernel=None, words=()):
    interop.same(report("sev", f"--firmware={path}", *words)["values"], [{"measurement": model.sev(content, kernel)}], "SEV")
    found = report("sev-es", f"--firmware={path}", "--vcpus=3-4", f"--vcpu-sig={EPYC:#x}", *words)
    interop.same(len(found["values"]), 2 * 2 * 2, "digests of SEV-ES")
    for value in found["values"]:
        features = int(value["guest_features"], 16)
        wanted = model.sev_es(content, "qemu", value["revision"], value["vcpus"], features, EPYC, kernel)
        interop.same(value["measurement"], wanted, f"SEV-ES {value}")


# The last 4 KiB of OvmfX64, edk2-stable202405 to 202502, and what sev-snp-measure 0.0.13 (tests/test_guest.py) and virtee/sev
# (tests/measurement.rs) publish for them: EPYC-v4, one processor, no kernel.
OVMF_X64_END = "b4c021e085fb83ceffe6571a3d357b4a98773c83c474e47f76c876708fe316da"
OVMF_X64_SNP = {"0x1": "da0296de8193586a5512078dcd719eccecbd87e2b825ad4148c44f665dc87df21e5b49e21523a9ad993afdb6a30b4005",
                "0x21": "28797ae0afaba4005a81e629acebfb59e6687949d6be44007cd5506823b0dd66f146aaae26ff291eed7b493d8a64c385"}


def check_published(ovmf):
    """Values of others, for a firmware that is here: the digest says whether it is the same."""
    if hashlib.sha256(ovmf[-4096:]).hexdigest() != OVMF_X64_END:
        print("left out: the published digests of OvmfX64 belong to another build than the one installed")
        return
    interop.write("ovmf-x64-end.fd", ovmf[-4096:])
    interop.same(report("sev", "--firmware=ovmf-x64-end.fd")["values"], [{"measurement": OVMF_X64_END}], "SEV, published")
    words = ("--firmware=ovmf-x64-end.fd", "--vcpu-type=EPYC-v4", "--revision=fpu-reset", "--guest-features=0x1,0x21")
    found = {value["guest_features"]: value["measurement"] for value in report("snp", *words)["values"]}
    interop.same(found, OVMF_X64_SNP, "SEV-SNP, published")
    interop.refused(9, "snp", "--firmware=ovmf-x64-end.fd", "--vcpu-type=EPYC-v4", "--kernel=/dev/null")
    interop.refused(9, "sev-es", "--firmware=ovmf-x64-end.fd", "--vcpu-type=EPYC-v4", "--kernel=/dev/null")


def main():
    made = firmware.make()
    interop.write("made.fd", made)
    ovmf = firmware.OVMF.read_bytes()
    revisions = {vmm: [r for v, r in model.VMMS if v == vmm] for vmm, _ in model.VMMS}
    for vmm, names in revisions.items():
        check_snp("made.fd", made, vmm, names)
        check_snp(firmware.OVMF, ovmf, vmm, names)
    interop.write("kernel", interop.bytes_of(5000, 1))
    interop.write("initrd", interop.bytes_of(7000, 2))
    kernel = (interop.bytes_of(5000, 1), interop.bytes_of(7000, 2), "console=ttyS0 quiet")
    words = ("--kernel=kernel", "--initrd=initrd", "--append=console=ttyS0 quiet")
    for vmm, names in revisions.items():
        check_snp("made.fd", made, vmm, names, kernel, words)
    check_snp("made.fd", made, "qemu", revisions["qemu"], (b"", b"", ""), ("--kernel=/dev/null",))
    check_sev("made.fd", made)
    check_sev("made.fd", made, kernel, words)
    check_sev(firmware.OVMF, ovmf)
    interop.same(model.sev(ovmf), hashlib.sha256(ovmf).hexdigest(), "SEV without kernel is the file")

    check_published(ovmf)

    # Three ways to name the same CPU.
    one = ("snp", "--firmware=made.fd", "--guest-features=1", "--revision=fpu-reset")
    values = [report(*one, *words)["values"] for words in (("--vcpu-type=EPYC-Milan-v2",), ("--vcpu-sig=0xa00f11",),
                                                           ("--vcpu-family-model-stepping", "25", "1", "1"))]
    interop.holds(values[0] == values[1] == values[2] and len(values[0]) == 1, f"one digest: {values}")
    text = interop.run(interop.BINARY, *one, "--vcpu-type=EPYC").stdout
    interop.holds("SEV-SNP launch digests" in text and "DebugSwap" not in text, text)

    # Refusals.
    interop.refused(2, "snp", "--firmware=made.fd")
    interop.refused(2, *one, "--vcpu-type=EPYC", "--vcpu-sig=0x800f12")
    interop.refused(2, *one, "--vcpu-type=EPYC", "--vcpus=0")
    interop.refused(2, *one, "--vcpu-type=EPYC", "--initrd=initrd")
    interop.refused(2, *one, "--vcpu-sig=0x100000000")
    interop.refused(3, *one, "--vcpu-type=Opteron")
    interop.refused(3, *one, "--vcpu-type=EPYC", "--vmm=xen")
    interop.refused(3, "snp", "--firmware=absent.fd", "--vcpu-type=EPYC")
    interop.refused(9, "snp", f"--firmware={firmware.OVMF}", "--vcpu-type=EPYC", "--kernel=kernel")
    interop.refused(9, "sev", f"--firmware={firmware.OVMF}", "--kernel=kernel")
    interop.write("short.fd", made[:-100])
    interop.refused(5, "snp", "--firmware=short.fd", "--vcpu-type=EPYC")


if __name__ == "__main__":
    main()
