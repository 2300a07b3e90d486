# SPDX-License-Identifier: Apache-2.0
"""Exports: CoRIM decoded with python3-cbor2 against the draft's structure, measurements v2, systemd's own .pcrlock files."""

import json

import cbor2

import signing
from signing import interop, ours

ALGORITHMS = {1: "sha256", 7: "sha384"}
CSP = {"AWS": "aws", "Azure": "azure", "GCP": "gcp", "OpenStack": "openstack", "QEMU": "qemu"}
PCRLOCK = "/usr/lib/systemd/systemd-pcrlock"


def export(manifest, kind, *words, text=True):
    return ours("export", manifest, f"--format={kind}", *words, text=text).stdout


def digests(items):
    out = {}
    for algorithm, value in items:
        interop.same(len(value), {1: 32, 7: 48}[algorithm], "length of a digest")
        out[ALGORITHMS[algorithm]] = value.hex()
    return out


def triples_of(data):
    """{model: [(kind, content)]} of all reference triples, each map held to the keys that the draft's CDDL has."""
    corim = cbor2.loads(data)
    interop.same((type(corim), corim.tag), (cbor2.CBORTag, 501), "tagged-unsigned-corim-map")
    interop.holds(set(corim.value) <= {0, 1, 4} and {0, 1} <= set(corim.value), f"corim-map: {set(corim.value)}")
    interop.same(corim.value[0], "asterism/1.2.0", "corim-id")
    interop.same([tag.tag for tag in corim.value[1]], [506], "tags")
    comid = cbor2.loads(corim.value[1][0].value)
    interop.same(set(comid), {1, 4}, "concise-mid-tag")
    interop.same(comid[1], {0: "asterism/1.2.0"}, "tag-identity-map")
    interop.same(set(comid[4]), {0}, "triples-map")
    found = {}
    for environment, measurements in comid[4][0]:
        interop.same((set(environment), set(environment[0])), ({0}, {1, 2}), "environment-map, class-map")
        interop.same(environment[0][1], "asterism", "vendor")
        for measurement in measurements:
            interop.same(set(measurement), {1}, "measurement-map")
            value = measurement[1]
            interop.same(value.pop(0), {0: "1.2.0"}, "version-map")
            interop.same(len(value), 1, "one kind of value")
            found.setdefault(environment[0][2], []).append(*value.items())
    return corim.value, found


def check_corim(manifest, content):
    data = export(manifest, "corim", text=False)
    again = cbor2.dumps(cbor2.loads(data), canonical=True, datetime_as_timestamp=True)
    interop.holds(again == data, "the other library writes the same bytes: deterministic encoding")
    corim, found = triples_of(data)
    interop.same([int(corim[4][key].timestamp()) for key in (0, 1)], [1796083200, 1827619200], "validity-map")
    for platform, states in content["measurements"].items():
        [(kind, registers)] = found.pop(f"{platform}/tpm/secure_boot=on")
        interop.same(kind, 14, "integrity-registers")
        values = states["secure_boot_on"]
        interop.same({str(pcr) for pcr in registers}, set(values["sha256"]), f"PCRs of {platform}")
        for pcr, items in registers.items():
            wanted = {bank: values[bank][str(pcr)] for bank in interop.BANKS}
            wanted = {bank: value["ready"] if pcr == 11 else value for bank, value in wanted.items()}
            interop.same(digests(items), wanted, f"PCR {pcr} of {platform}")
    launch = {}
    for record in content["launch"]:
        model = "/".join([record["platform"], record["technology"], *(f"{k}={v}" for k, v in sorted(record["conditions"].items()))])
        launch.setdefault(model, []).extend((record["register"], value) for value in record["values"])
    for model, wanted in launch.items():
        values = []
        for kind, value in found.pop(model):
            name, items = ("measurement", value) if kind == 2 else next(iter(value.items()))
            values += [(name, digest) for digest in digests(items).values()]
        interop.same(sorted(values), sorted(wanted), model)
    interop.same(found, {}, "triples that nobody asked for")
    corim, found = triples_of(export(signing.EXAMPLES / "minimal.json", "corim", "--secure-boot=off", "--phase=stub", text=False))
    interop.holds(4 not in corim and len(found) == 5, "without a release and launch values")
    interop.same(digests(found["qemu/tpm/secure_boot=off"][0][1][11])["sha256"],
                 content["measurements"]["qemu"]["secure_boot_off"]["sha256"]["11"]["stub"], "another phase")


def check_measurements(manifest, content):
    out = json.loads(export(manifest, "measurements-v2", "--stream=nightly", "--ref=main"))
    interop.same((out["version"], out["ref"], out["stream"], set(out)), ("1.2.0", "main", "nightly", {"version", "ref", "stream", "list"}), "header")
    order = [(entry["csp"], entry["attestationVariant"]) for entry in out["list"]]
    interop.same(order, sorted(set(order)), "sorted by csp and variant, each once")
    interop.same({CSP[csp] for csp, _ in order}, set(content["measurements"]), "platforms")
    for entry in out["list"]:
        wanted = content["measurements"][CSP[entry["csp"]]]["secure_boot_on"]["sha256"]
        wanted = {pcr: {"expected": value["ready"] if pcr == "11" else value, "warnOnly": pcr == "7"} for pcr, value in wanted.items()}
        interop.same(entry["measurements"], wanted, entry["attestationVariant"])


def check_pcrlock():
    """From a real UKI: the records are those that systemd-pcrlock makes of the files themselves."""
    uki = interop.build_uki("uki.efi", interop.parts("parts"))
    report = interop.predict(uki, f"--boot-loader={interop.LOADER}")
    content = json.loads((signing.EXAMPLES / "minimal.json").read_text())
    content["sections"] = report["sections"]
    content["uki"]["authenticode"] = report["uki"]["authenticode"]
    content["boot_loader"]["authenticode"] = report["boot_loader"]["authenticode"]
    manifest = interop.write("real.json", json.dumps(content))
    interop.write("components/650-asterism.pcrlock", export(manifest, "pcrlock"))
    listed = interop.run(PCRLOCK, "list-components", "--components=components", "--json=short").stdout
    interop.holds("650-asterism" in listed, f"systemd-pcrlock lists it: {listed}")
    interop.run(PCRLOCK, "lock-pe", interop.LOADER, "--pcrlock=loader.pcrlock")
    interop.run(PCRLOCK, "lock-uki", uki, "--pcrlock=uki.pcrlock")

    def records(*paths):
        found = [record for path in paths for record in json.load(open(path, encoding="ascii"))["records"]]
        return sorted((record["pcr"], index, sorted((d["hashAlg"], d["digest"]) for d in record["digests"] if d["hashAlg"] in interop.BANKS))
                      for pcr in (4, 11) for index, record in enumerate(r for r in found if r["pcr"] == pcr))

    interop.same(records("components/650-asterism.pcrlock"), records("loader.pcrlock", "uki.pcrlock"), "records")


def main():
    manifest = signing.released()
    content = json.loads(manifest.read_text())
    check_corim(manifest, content)
    check_measurements(manifest, content)
    check_pcrlock()
    interop.refused(2, "export", manifest, "--format=xml")
    interop.refused(2, "export", manifest, "--format=corim", "--phase=shutdown")
    interop.refused(2, "export", manifest, "--format=corim", "--secure-boot=maybe")
    for kind in ("corim", "measurements-v2"):
        interop.refused(3, "export", manifest, f"--format={kind}", "--secure-boot=absent")


if __name__ == "__main__":
    main()
