#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the example manifests: valid ones, and invalid ones named by their single defect.

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
        "schema": 1, "name": "asterism", "version": "1.2.0", "locked": True,
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


def changed(path, value):
    """The manifest with the member at `path` replaced, or removed where `value` is Ellipsis."""
    out = copy.deepcopy(manifest())
    at = out
    for step in path[:-1]:
        at = at[step]
    if value is ...:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return text(out)


OFF = ("measurements", "qemu", "secure_boot_off")


def valid():
    full = manifest()
    for platform in PLATFORMS:
        full["measurements"][platform]["secure_boot_on"] = values("on", (4, 7, 9, 12, 13, 15))
    direct = manifest()
    del direct["boot_loader"]
    direct["locked"] = False
    direct["inputs"] = []
    return {"minimal": text(manifest()), "secure-boot-and-pcr-7": text(full), "uki-started-by-firmware": text(direct)}


def invalid():
    upper = digest("sha256", "root").upper()
    return {
        "not-an-object": "[]\n",
        "schema-missing": changed(("schema",), ...),
        "schema-of-the-future": changed(("schema",), 2),
        "schema-is-a-string": changed(("schema",), "1"),
        "unknown-field": changed(("comment",), "hello"),
        "unknown-field-in-uki": changed(("uki", "path"), "x"),
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
    }


def invalid_beyond_schema():
    good = text(manifest())
    twice = manifest()
    twice["artefacts"][1] = twice["artefacts"][0]
    unsorted = manifest()
    unsorted["artefacts"].reverse()
    return {
        "duplicate-key": good.replace('"locked": true', '"locked": false,\n  "locked": true', 1),
        "duplicate-key-by-escape": good.replace('"locked": true', '"l\\u006fcked": false,\n  "locked": true', 1),
        "artefact-twice": text(twice),
        "artefacts-out-of-order": text(unsorted),
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
