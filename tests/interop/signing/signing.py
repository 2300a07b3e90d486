# SPDX-License-Identifier: Apache-2.0
"""What the signing tests share: keys, a released manifest, calls of cosign."""

import json
import os
import pathlib
import sys

import jsonschema

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
import interop  # noqa: E402

EXAMPLES = pathlib.Path(os.environ["ASTERISM_SOURCE_DIR"]) / "image-manifests/examples/manifest/valid"
WITHIN = "--at=2027-06-01T00:00:00Z"  # the examples hold from 2026-12-01 to 2027-12-01
# cosign 2.5 wants to ask a transparency log; this is how it is told that there is none.
NO_LOG = "--private-infrastructure=true"


SCHEMAS = pathlib.Path(os.environ["ASTERISM_SOURCE_DIR"]) / "image-manifests/schemas"


def fits_schema(name, value):
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.Draft7Validator(schema).validate(value)
    return value


def ours(*words, **options):
    return interop.run(interop.BINARY, *words, **options)


def openssl_key(name, kind):
    """A key pair as <name>.key and <name>.pub."""
    words = ["-algorithm", "ed25519"] if kind == "ed25519" else ["-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{kind}"]
    interop.run("openssl", "genpkey", *words, "-out", f"{name}.key")
    interop.run("openssl", "pkey", "-in", f"{name}.key", "-pubout", "-out", f"{name}.pub")


def cosign(*words, check=True):
    environment = {**os.environ, "COSIGN_PASSWORD": "for tests", "HOME": os.getcwd(), "XDG_CONFIG_HOME": os.getcwd()}
    return interop.run("cosign", *words, check=check, env=environment)


def cosign_key(name):
    cosign("generate-key-pair", f"--output-key-prefix={name}")


def released(name="manifest.json"):
    return interop.write(name, (EXAMPLES / "released.json").read_bytes())
