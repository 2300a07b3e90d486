#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the example documents: valid ones, and invalid ones named by their single defect.

invalid/ is refused by the JSON Schema and by the program; invalid-beyond-schema/ holds what a schema cannot express.
"""

import copy
import hashlib
import json
import pathlib
import shutil

HERE = pathlib.Path(__file__).parent / "manifest"
PLATFORMS = ("aws", "azure", "gcp", "openstack", "qemu")
STAGES = ("stub", "enter-initrd", "leave-initrd", "sysinit", "ready")


def digest(bank, text):
    return hashlib.new(bank, text.encode()).hexdigest()


def banks(text):
    return {bank: digest(bank, text) for bank in ("sha256", "sha384")}


def values(state, pcrs):
    out = {}
    for bank in ("sha256", "sha384"):
        out[bank] = {str(pcr): digest(bank, f"{state} pcr {pcr}") for pcr in pcrs}
        out[bank]["11"] = {stage: digest(bank, f"pcr 11 {stage}") for stage in STAGES}
    return out


def image(name):
    return {"name": name, "version": "257.13-1", "size": 1000, "sha256": digest("sha256", name),
            "authenticode": banks(name)}


def manifest():
    root_hash = digest("sha256", "root")
    return {
        "schema": 2, "name": "asterism", "version": "1.2.0", "locked": True,
        "revision": "0123456789abcdef0123456789abcdef01234567",
        "inputs": [{"name": "packages.lock", "sha256": digest("sha256", "lock")}],
        "artefacts": [{"name": f"asterism_1.2.0.{kind}", "size": 4096, "sha256": digest("sha256", kind)}
                      for kind in ("efi", "raw")],
        "verity": {"root_hash": root_hash},
        "boot_loader": image("BOOTX64.EFI"),
        "uki": image("asterism_1.2.0.efi"),
        "sections": [{"name": ".linux", "measured": True, "size": 9, **banks("kernel")},
                     {"name": ".pcrsig", "measured": False, "size": 9, **banks("signature")}],
        "command_line": f"console=ttyS0 roothash={root_hash}",
        "measurements": {platform: {"secure_boot_off": values("off", (4, 9, 12, 13, 15))} for platform in PLATFORMS},
    }


def text(value):
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def short(value):
    """The same with a line for each field of the document: enough for a look at what is wrong with it."""
    lines = [f"  {json.dumps(key)}: {json.dumps(value[key], sort_keys=True, ensure_ascii=False)}" for key in sorted(value)]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def changed(path, value, base=None):
    """The manifest (or another document) with the member at `path` replaced, or removed where `value` is Ellipsis."""
    out = copy.deepcopy(base or manifest())
    at = out
    for step in path[:-1]:
        at = at[step]
    if value is ...:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return short(out)


RELEASE = {"state": "stable", "floor": "1.1.0", "not_before": "2026-12-01T00:00:00Z",
           "not_after": "2027-12-01T00:00:00Z", "serial": 1}
TREE = {"data": "asterism_1.2.0.root.raw", "hash_tree": "asterism_1.2.0.verity.raw", "algorithm": "sha256",
        "salt": digest("sha256", "salt"), "data_block_size": 4096, "hash_block_size": 4096, "data_blocks": 131072}


def record(technology, register, bank, conditions, *values):
    return {"platform": "qemu", "technology": technology, "register": register, "conditions": conditions,
            "values": sorted(digest(bank, value) for value in values), "reason": "order of pages differs by version"}


LAUNCH = [
    record("sev-es", "measurement", "sha256", {"vcpus": "2"}, "a"),
    record("snp", "measurement", "sha384", {"vcpu_type": "EPYC-v4", "vcpus": "1"}, "b", "c"),
    record("snp", "measurement", "sha384", {"vcpu_type": "EPYC-v4", "vcpus": "2"}, "d"),
    record("tdx", "mrtd", "sha384", {}, "e"),
    record("tdx", "rtmr1", "sha384", {"secure_boot": "on"}, "f"),
]


def released():
    """A manifest with every field."""
    out = manifest()
    out["artefacts"] = sorted(out["artefacts"] + [
        {"name": name, "size": 8192, "sha256": digest("sha256", name)}
        for name in ("asterism_1.2.0.root.raw", "asterism_1.2.0.verity.raw", "sbom.spdx.json")], key=lambda a: a["name"])
    out["package_lock"] = "packages.lock"
    out["sbom"] = "sbom.spdx.json"
    out["verity"]["tree"] = copy.deepcopy(TREE)
    out["launch"] = copy.deepcopy(LAUNCH)
    out["kernel"] = {"authenticode": banks("inner kernel"), "initrd": banks("initrd and more")}
    out["release"] = dict(RELEASE)
    for platform in PLATFORMS:
        out["measurements"][platform]["secure_boot_on"] = values("on", (4, 7, 9, 12, 13, 15))
    return out


OFF = ("measurements", "qemu", "secure_boot_off")


def valid():
    full = manifest()
    for platform in PLATFORMS:
        full["measurements"][platform]["secure_boot_on"] = values("on", (4, 7, 9, 12, 13, 15))
    direct = manifest()
    del direct["boot_loader"]
    direct["locked"] = False
    direct["inputs"] = []
    out = {"minimal": text(manifest()), "secure-boot-and-pcr-7": text(full), "uki-started-by-firmware": text(direct),
           "released": text(released()), "released-for-a-second": text(with_release(not_after="2026-12-01T00:00:01Z"))}
    for state in ("candidate", "deprecated", "revoked"):
        out[state] = text(with_release(state=state, serial=2))
    return out


def with_release(**fields):
    return {**released(), "release": {**RELEASE, **fields}}


def invalid_release():
    rows = {
        "release-state-unknown": {"state": "beta"}, "release-state-in-capitals": {"state": "Stable"},
        "release-floor-is-a-path": {"floor": "../1"}, "release-serial-0": {"serial": 0}, "release-serial-is-text": {"serial": "1"},
        "release-time-without-zone": {"not_after": "2027-12-01T00:00:00"}, "release-time-is-a-date": {"not_after": "2027-12-01"},
        "release-time-with-offset": {"not_after": "2027-12-01T00:00:00+00:00"}, "release-time-is-a-number": {"not_after": 1827619200},
        "release-time-with-fraction": {"not_before": "2026-12-01T00:00:00.5Z"}, "release-unknown-field": {"comment": "x"},
    }
    out = {name: short(with_release(**fields)) for name, fields in rows.items()}
    for field in RELEASE:
        out[f"release-{field}-missing".replace("_", "-")] = changed(("release", field), ..., released())
    out["release-is-null"] = changed(("release",), None)
    return out


def invalid_tree():
    at = ("verity", "tree")
    out = {f"tree-{field}-missing".replace("_", "-"): changed((*at, field), ..., released()) for field in TREE}
    rows = {
        "tree-salt-odd": ("salt", "abc"), "tree-salt-in-capitals": ("salt", "AB"), "tree-salt-too-long": ("salt", "ab" * 257),
        "tree-algorithm-other": ("algorithm", "sha1"), "tree-block-size-1000": ("data_block_size", 1000),
        "tree-block-size-0": ("hash_block_size", 0), "tree-block-size-too-large": ("hash_block_size", 131072),
        "tree-data-blocks-negative": ("data_blocks", -1), "tree-unknown-field": ("uuid", "x"),
    }
    return out | {name: changed((*at, field), value, released()) for name, (field, value) in rows.items()}


def invalid_launch():
    at = ("launch", 1)
    out = {f"launch-{field}-missing": changed((*at, field), ..., released()) for field in LAUNCH[0]}
    rows = {
        "launch-platform-unknown": ("platform", "cloud"), "launch-technology-unknown": ("technology", "cca"),
        "launch-register-unknown": ("register", "rtmr4"), "launch-register-of-tdx-for-snp": ("register", "mrtd"),
        "launch-without-values": ("values", []), "launch-value-of-sha256-for-snp": ("values", [digest("sha256", "x")]),
        "launch-value-in-capitals": ("values", [digest("sha384", "x").upper()]), "launch-value-is-a-number": ("values", [1]),
        "launch-condition-is-a-number": ("conditions", {"vcpus": 4}), "launch-condition-with-dash": ("conditions", {"v-cpus": "4"}),
        "launch-reason-of-two-lines": ("reason", "a\nb"), "launch-unknown-field": ("vcpus", 4),
    }
    out |= {name: changed((*at, field), value, released()) for name, (field, value) in rows.items()}
    out["launch-measurement-for-tdx"] = changed(("launch", 3, "register"), "measurement", released())
    out["launch-value-of-sha384-for-sev-es"] = changed(("launch", 0, "values"), [digest("sha384", "x")], released())
    out["launch-empty"] = changed(("launch",), [], released())
    return out


def invalid():
    upper = digest("sha256", "root").upper()
    return {
        "not-an-object": "[]\n",
        "schema-missing": changed(("schema",), ...),
        "schema-of-the-future": changed(("schema",), 3),
        "schema-of-the-past": changed(("schema",), 1),
        "schema-is-a-string": changed(("schema",), "2"),
        "unknown-field": changed(("comment",), "hello"),
        "unknown-field-in-uki": changed(("uki", "path"), "x"),
        "kernel-empty": changed(("kernel",), {}),
        "kernel-bank-missing": changed(("kernel",), {"initrd": {"sha256": digest("sha256", "initrd")}}),
        "kernel-unknown-field": changed(("kernel",), {"initrd": banks("initrd"), "size": 9}),
        "unknown-platform": changed(("measurements", "cloud"), manifest()["measurements"]["qemu"]),
        "platform-missing": changed(("measurements", "gcp"), ...),
        "platform-without-states": changed(("measurements", "qemu"), {}),
        "unknown-secure-boot-state": changed(("measurements", "qemu", "secure_boot_maybe"), values("off", (4,))),
        "bank-missing": changed((*OFF, "sha384"), ...),
        "unknown-bank": changed((*OFF, "sha1"), {}),
        "pcr-missing": changed((*OFF, "sha256", "9"), ...),
        "pcr-24": changed((*OFF, "sha256", "24"), digest("sha256", "x")),
        "pcr-with-leading-zero": changed((*OFF, "sha256", "04"), digest("sha256", "x")),
        "pcr-11-without-phases": changed((*OFF, "sha256", "11"), digest("sha256", "x")),
        "pcr-11-phase-missing": changed((*OFF, "sha256", "11", "ready"), ...),
        "pcr-11-unknown-phase": changed((*OFF, "sha256", "11", "shutdown"), digest("sha256", "x")),
        "digest-of-another-bank": changed((*OFF, "sha384", "4"), digest("sha256", "x")),
        "digest-in-capitals": changed(("verity", "root_hash"), upper),
        "digest-too-short": changed(("verity", "root_hash"), upper.lower()[:-1]),
        "digest-with-prefix": changed(("uki", "sha256"), "0x" + upper.lower()[2:]),
        "size-negative": changed(("artefacts", 0, "size"), -1),
        "size-is-a-fraction": changed(("artefacts", 0, "size"), 1.5),
        "size-is-a-string": changed(("artefacts", 0, "size"), "4096"),
        "artefact-is-a-path": changed(("artefacts", 0, "name"), "../../etc/passwd"),
        "artefact-name-hidden": changed(("artefacts", 0, "name"), ".hidden"),
        "artefact-name-empty": changed(("artefacts", 0, "name"), ""),
        "locked-is-a-string": changed(("locked",), "yes"),
        "version-with-space": changed(("version",), "1.2 beta"),
        "section-without-dot": changed(("sections", 0, "name"), "linux"),
        "section-name-too-long": changed(("sections", 0, "name"), ".linuxxxx"),
        "command-line-too-long": changed(("command_line",), "x" * 4097),
        "inputs-is-an-object": changed(("inputs",), {}),
        "boot-loader-is-null": changed(("boot_loader",), None),
        "package-lock-is-an-object": changed(("package_lock",), {"sha256": digest("sha256", "lock")}),
        "sbom-is-a-path": changed(("sbom",), "a/b"),
        **invalid_release(), **invalid_tree(), **invalid_launch(),
    }


def invalid_beyond_schema():
    good = short(manifest())
    twice = manifest()
    twice["artefacts"][1] = twice["artefacts"][0]
    unsorted = manifest()
    unsorted["artefacts"].reverse()
    swapped = released()
    swapped["launch"].reverse()
    doubled = released()
    doubled["launch"].insert(0, doubled["launch"][0])
    unsorted_values = released()
    unsorted_values["launch"][1]["values"].reverse()
    values_twice = released()
    values_twice["launch"][0]["values"] *= 2
    return {
        "package-lock-not-among-inputs": changed(("package_lock",), "other.lock"),
        "sbom-not-among-artefacts": changed(("sbom",), "sbom.spdx.json"),
        "tree-data-not-among-artefacts": changed(("verity", "tree", "data"), "x.raw", released()),
        "tree-not-among-artefacts": changed(("verity", "tree", "hash_tree"), "x.raw", released()),
        "launch-out-of-order": short(swapped),
        "launch-record-twice": short(doubled),
        "launch-values-out-of-order": short(unsorted_values),
        "launch-value-twice": short(values_twice),
        "release-floor-above-version": short(with_release(floor="1.2.1")),
        "release-ends-before-it-begins": short(with_release(not_after="2026-11-30T00:00:00Z")),
        "release-ends-when-it-begins": short(with_release(not_after=RELEASE["not_before"])),
        "release-day-that-does-not-exist": short(with_release(not_after="2027-02-29T00:00:00Z")),
        "release-hour-24": short(with_release(not_after="2027-02-01T24:00:00Z")),
        "release-leap-second": short(with_release(not_after="2027-06-30T23:59:60Z")),
        "duplicate-key": good.replace('"locked": true', '"locked": false,\n  "locked": true', 1),
        "duplicate-key-by-escape": good.replace('"locked": true', '"l\\u006fcked": false,\n  "locked": true', 1),
        "artefact-twice": short(twice),
        "artefacts-out-of-order": short(unsorted),
        "text-after-the-document": good + "{}\n",
        "cut-in-the-middle": good[: len(good) // 2],
        "comment": "// not JSON\n" + good,
        "empty": "",
    }


def main():
    shutil.rmtree(HERE, ignore_errors=True)
    for folder, examples in (("valid", valid()), ("invalid", invalid()),
                             ("invalid-beyond-schema", invalid_beyond_schema())):
        (HERE / folder).mkdir(parents=True)
        for name, content in examples.items():
            (HERE / folder / f"{name}.json").write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
