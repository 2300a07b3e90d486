# SPDX-License-Identifier: Apache-2.0
"""MRTD in both page orders against a second model; RTMR 1 and 2 of a disk against events put together here."""

import hashlib
import json
import pathlib
import struct

import jsonschema

import firmware
import interop
import model

SCHEMA = json.loads((pathlib.Path(__file__).resolve().parents[3] / "image-manifests/schemas/tdx.schema.json").read_text())
STUB = 257  # of the tools tree


def report(*words):
    found = json.loads(interop.run(interop.BINARY, "tdx", *words, "--json").stdout)
    jsonschema.Draft7Validator(SCHEMA).validate(found)
    return found


def sha384(data):
    return hashlib.sha384(data).hexdigest()


def gpt_event(disk):
    header = disk[512:512 + 92]
    start, count, size = struct.unpack_from("<QII", header, 72)
    entries = [disk[start * 512 + i * size:start * 512 + (i + 1) * size] for i in range(count)]
    used = [entry for entry in entries if any(entry[:16])]
    return header + struct.pack("<Q", len(used)) + b"".join(used)


def registers(found, number):
    return {row.get("circumstance", ""): row.get("measurement") for row in found["rtmrs"] if row["rtmr"] == number}


def check_mrtd(ovmf):
    found = {row["page_order"]: row["measurement"] for row in report(f"--firmware={firmware.OVMF}")["mrtd"]}
    interop.same(found, {order: model.mrtd(ovmf, order) for order in ("by-page", "by-section")}, "MRTD of OVMF")


def check_rtmrs(ovmf, uki, disk):
    found = report(f"--firmware={firmware.OVMF}", disk)
    off = next(p for p in interop.predict(disk, "--secure-boot=off")["predictions"])
    digests = lambda pcr: [e["digests"]["sha384"] for e in off["events"] if e["pcr"] == pcr]
    boot = digests(4)
    interop.same(len(boot), 5, "calling, separator, loader, UKI, kernel")
    tail = [sha384(b"Exit Boot Services Invocation"), sha384(b"Exit Boot Services Returned with Success")]
    gpt = sha384(gpt_event(disk.read_bytes()))
    interop.same(registers(found, 1), {"edk2-202411": interop.extend("sha384", boot[:2] + [gpt] + boot[2:] + tail),
                                       "edk2-older": interop.extend("sha384", boot[:1] + [gpt] + boot[2:] + tail)}, "RTMR 1")
    sections = digests(11)[:-len(interop.PHASES)]
    interop.same(registers(found, 2), {"no-tpm": interop.extend("sha384", sections + digests(9)),
                                       "with-tpm": interop.extend("sha384", sections)}, "RTMR 2")
    interop.same(registers(found, 3), {"": "00" * 48}, "RTMR 3")
    interop.same(registers(found, 0), {"": None}, "RTMR 0 has no value")
    events = {e["what"]: e for row in found["rtmrs"] if row["rtmr"] == 0 for e in row["events"]}
    store = next(s for s in model.metadata(ovmf, "e47a6535-984a-4798-865e-4685a7bf8ec2", "<IIQQII") if s[4] == 1)
    cfv = next(e for what, e in events.items() if what.startswith("configuration volume"))
    interop.same(cfv["sha384"], sha384(ovmf[store[0]:store[0] + store[1]]), "the variable store")
    interop.holds(not events["TD HOB (TdxTable)"]["predictable"] and "RAM" in events["TD HOB (TdxTable)"]["why"], "TD HOB")

    # Secure Boot leaves out the inner kernel; a UKI file has no partition table.
    keys = interop.write("keys/PK.esl", b"").parent
    interop.holds("platform key" in interop.refused(6, "tdx", f"--firmware={firmware.OVMF}", disk, "--secure-boot=on",
                                                    f"--secure-boot-variables={keys}"), "no PK")
    single = report(f"--firmware={firmware.OVMF}", uki)
    interop.same(registers(single, 1), {}, "RTMR 1 of a file")
    interop.same(registers(single, 2), registers(found, 2), "RTMR 2 of a file")
    text = interop.run(interop.BINARY, "tdx", f"--firmware={firmware.OVMF}", disk, "--events").stdout
    interop.holds("not predictable: the memory map" in text and "partition table" in text, text)


def main():
    ovmf = firmware.OVMF.read_bytes()
    check_mrtd(ovmf)
    uki = interop.build_uki("uki.efi", interop.parts("parts"))
    disk = interop.make_disk(uki)
    check_rtmrs(ovmf, uki, disk)

    # Linux before 6.9 measures nothing for a TD, with or without a TPM.
    old = interop.build_uki("old.efi", interop.parts("old", uname="6.8.12"))
    interop.holds(len(set(registers(report(f"--firmware={firmware.OVMF}", old), 2).values())) == 1, "an old kernel")

    interop.write("plain.fd", bytes(8192))
    interop.refused(9, "tdx", "--firmware=plain.fd")
    # The code without its variable store declares sections that the file does not hold.
    interop.refused(5, "tdx", "--firmware=/usr/share/OVMF/OVMF_CODE_4M.fd")
    interop.refused(2, "tdx", f"--firmware={firmware.OVMF}", uki, "--secure-boot=both")


if __name__ == "__main__":
    main()
