# SPDX-License-Identifier: Apache-2.0
"""The launch records of a manifest say what the verbs for one machine say, whose values other tests compare with models."""

import json
import pathlib

import jsonschema

import firmware
import interop
import model

SCHEMA = json.loads((pathlib.Path(__file__).resolve().parents[3] / "image-manifests/schemas/manifest.schema.json").read_text())
ROOT_HASH = "ab" * 32


def make_manifest(uki, *words, check=True):
    pathlib.Path("build").mkdir(exist_ok=True)
    interop.make_disk(uki).rename("build/asterism_1.0.raw")
    interop.write("build/asterism_1.0.efi", uki.read_bytes())
    command = ["manifest", "--directory=build", "--version=1.0", "--revision=r1", "--locked", f"--root-hash={ROOT_HASH}", *words,
               "asterism_1.0.raw", "asterism_1.0.efi"]
    return command if not check else json.loads(interop.run(interop.BINARY, *command).stdout)


def values(manifest, platform, technology, register, **conditions):
    """The values of each record that has these conditions, sorted, by the whole of its conditions."""
    found = {}
    for record in manifest["launch"]:
        same = all(record["conditions"].get(key) == value for key, value in conditions.items())
        if (record["platform"], record["technology"], record["register"]) == (platform, technology, register) and same:
            found[tuple(sorted(record["conditions"].items()))] = record["values"]
    return found


def only(found):
    interop.same(len(found), 1, f"number of records: {list(found)}")
    return next(iter(found.values()))


def check_snp(manifest):
    for platform, vmm in (("qemu", "qemu"), ("aws", "ec2"), ("gcp", "gce")):
        for cpu in ("EPYC", "EPYC-Milan", "EPYC-Turin"):
            words = (f"--firmware=snp.fd", f"--vmm={vmm}", f"--vcpu-type={cpu}", "--vcpus=1-64", "--json")
            report = json.loads(interop.run(interop.BINARY, "snp", *words).stdout)
            for count in (1, 2, 64):
                wanted = sorted({row["measurement"] for row in report["values"] if row["vcpus"] == count})
                interop.same(only(values(manifest, platform, "snp", "measurement", vcpus=str(count), vcpu_type=cpu)), wanted,
                             f"{platform} {cpu} {count}")
    interop.same(values(manifest, "azure", "snp", "measurement"), {}, "a VMM that nobody knows from outside")
    interop.same(len(values(manifest, "qemu", "snp", "measurement", vcpu_type="EPYC")), 7, "1, 2, 4 ... 64 processors")


def check_tdx(manifest, disk):
    ovmf = firmware.OVMF.read_bytes()
    interop.same(only(values(manifest, "openstack", "tdx", "mrtd")),
                 sorted({model.mrtd(ovmf, order) for order in ("by-page", "by-section")}), "MRTD")
    report = json.loads(interop.run(interop.BINARY, "tdx", f"--firmware={firmware.OVMF}", disk, "--json").stdout)
    for number in (1, 2):
        wanted = sorted({row["measurement"] for row in report["rtmrs"] if row["rtmr"] == number})
        interop.same(only(values(manifest, "openstack", "tdx", f"rtmr{number}", secure_boot="off")), wanted, f"RTMR {number}")
    interop.same(only(values(manifest, "openstack", "tdx", "rtmr3")), ["00" * 48], "RTMR 3")
    interop.same(values(manifest, "openstack", "tdx", "rtmr0"), {}, "RTMR 0 depends on the machine")


def main():
    uki = interop.build_uki("uki.efi", interop.parts("parts", cmdline=f"quiet roothash={ROOT_HASH}"))
    interop.write("snp.fd", firmware.make())
    options = [f"--launch-firmware={platform}=snp.fd" for platform in ("qemu", "aws", "gcp", "azure")]
    manifest = make_manifest(uki, *options, f"--launch-firmware=openstack={firmware.OVMF}")
    jsonschema.Draft7Validator(SCHEMA).validate(manifest)
    check_snp(manifest)
    check_tdx(manifest, "build/asterism_1.0.raw")
    interop.same("launch" in make_manifest(uki), False, "no firmware, no records")

    for text, code in (("qemu", 2), ("qemu=", 2), ("moon=snp.fd", 2), ("qemu=absent.fd", 3), ("qemu=uki.efi", 5)):
        interop.refused(code, *make_manifest(uki, f"--launch-firmware={text}", check=False))


if __name__ == "__main__":
    main()
