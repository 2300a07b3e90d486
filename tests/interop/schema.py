# SPDX-License-Identifier: Apache-2.0
"""Real output of the program, and the examples, against the published JSON Schemas with python3-jsonschema."""

import json
import os
import pathlib

import jsonschema

import interop

MANIFESTS = pathlib.Path(os.environ["ASTERISM_SOURCE_DIR"]) / "image-manifests"


def validator(name):
    schema = json.loads((MANIFESTS / "schemas" / name).read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def main():
    predictions = validator("prediction.schema.json")
    uki = interop.build_uki("uki.efi", interop.parts("parts"))
    output = interop.predict(uki, f"--boot-loader={interop.LOADER}")
    predictions.validate(output)
    predictions.validate(json.loads(interop.run(interop.BINARY, "predict", uki, "--json").stdout))
    for defect in ({"extra": 1}, {"uki": {}}, {"predictions": []}, {"schema": 2}):
        interop.holds(not predictions.is_valid({**output, **defect}), f"refused: {defect}")

    manifests = validator("manifest.schema.json")
    for path in sorted((MANIFESTS / "examples" / "manifest").glob("*/*.json")):
        folder = path.parent.name
        done = interop.run(interop.BINARY, "check-manifest", path, check=False)
        interop.same(done.returncode == 0, folder == "valid", f"check-manifest {path.name}")
        interop.same(len(done.stderr.splitlines()), 0 if folder == "valid" else 1, f"message for {path.name}")
        if folder != "invalid-beyond-schema":
            interop.same(manifests.is_valid(json.loads(path.read_text())), folder == "valid", f"schema on {path.name}")


if __name__ == "__main__":
    main()
