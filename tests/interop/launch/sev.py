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
