# SPDX-License-Identifier: Apache-2.0
"""Rules per platform: data files against their schema, and what predict makes of them."""

import json
import pathlib

import jsonschema

import firmware
import interop

ROOT = pathlib.Path(__file__).resolve().parents[3]
SEPARATOR = {"sha256": "3d458cfe55cc03ea1f443f1562beec8df51c75e14a9fcf9a7234a13f198e7969",
             "sha384": "518923b0f955d08da077c96aaba522b9decede61c599cea6c41889cfbea4ae4d50529d96fe4d1afdafb65e7f95bf23c4"}


def schema(name):
    return jsonschema.Draft7Validator(json.loads((ROOT / f"image-manifests/schemas/{name}.schema.json").read_text()))


def main():
    uki = interop.build_uki("uki.efi", interop.parts("parts"))
    for path in sorted((ROOT / "src/measured-boot/data/platforms").glob("*.json")):
        data = json.loads(path.read_text())
        schema("platform").validate(data)
        found = interop.predict(uki, f"--platform={path.stem}")
        schema("prediction").validate(found)
        rules = found["platform"]
        interop.same((rules["name"], rules["tpm"]), (path.stem, data["tpm"]), "platform")
        interop.same([{k: v for k, v in row.items() if k != "predicted"} for row in rules["pcrs"]], data["pcrs"], f"rules of {path.stem}")
        interop.same({row["pcr"] for row in rules["pcrs"] if row["predicted"]}, {4, 9, 11, 12, 13, 15}, "predicted")
    found = interop.predict(uki, "--platform=qemu", f"--firmware={firmware.OVMF}")
    schema("prediction").validate(found)
    interop.same([(row["pcr"], "value" in row) for row in found["firmware"]], [(0, True), (0, True), (1, False), (2, True), (3, True)], "firmware")
    interop.same([row["value"] for row in found["firmware"][-2:]], [SEPARATOR, SEPARATOR], "PCR 2 and 3")
    interop.same({row["pcr"] for row in found["platform"]["pcrs"] if row["predicted"]}, {0, 2, 3, 4, 9, 11, 12, 13, 15}, "predicted")
    text = interop.run(interop.BINARY, "predict", uki, "--platform=azure", f"--firmware={firmware.OVMF}").stdout
    for part in ("platform azure", "inside the TEE", "unpredictable", "PCRs of the firmware", "machine type q35"):
        interop.holds(part in text, f"'{part}' in {text}")
    interop.refused(3, "predict", uki, "--platform=vsphere")
    interop.write("plain.fd", bytes(4096))
    interop.refused(9, "predict", uki, "--firmware=plain.fd")


if __name__ == "__main__":
    main()
