# SPDX-License-Identifier: Apache-2.0
"""Whether a document is valid SPDX 2.3: the schema, and the rules that a schema cannot say. Also a program: <document>."""

import json
import os
import re
import sys
from collections import Counter
from pathlib import Path

import jsonschema

SCHEMA = Path(os.environ.get("ASTERISM_SOURCE_DIR") or Path(__file__).parents[3]) / "image-manifests/schemas/spdx-2.3.schema.json"
DOCUMENT = "SPDXRef-DOCUMENT"


def violations(document: dict) -> list[str]:
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    found = [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:120]}" for e in jsonschema.Draft7Validator(schema).iter_errors(document)]
    if found:
        return found
    ids = [p["SPDXID"] for p in document["packages"]]
    licences = [e["licenseId"] for e in document["hasExtractedLicensingInfos"]]
    found += [f"id {i} is given {n} times" for i, n in Counter([*ids, *licences, DOCUMENT]).items() if n > 1]
    known = {*ids, DOCUMENT}
    for relation in document["relationships"]:
        for end in (relation["spdxElementId"], relation["relatedSpdxElement"]):
            if end not in known:
                found.append(f"a relationship names {end}, which is nothing")
    described = [r for r in document["relationships"] if r["relationshipType"] == "DESCRIBES"]
    if len(described) != 1 or described[0]["spdxElementId"] != DOCUMENT:
        found.append("the document does not describe exactly one thing")
    related = {r[end] for r in document["relationships"] for end in ("spdxElementId", "relatedSpdxElement")}
    found += [f"{i} is related to nothing" for i in ids if i not in related]
    used = set()
    for package in document["packages"]:
        expression = package["licenseDeclared"]
        used |= set(re.findall(r"LicenseRef-[A-Za-z0-9.-]+", expression))
        if not balanced(expression):
            found.append(f"{package['SPDXID']}: parentheses in '{expression}'")
    found += [f"{i} is used and not given" for i in used - set(licences)] + [f"{i} is given and not used" for i in set(licences) - used]
    return found


def balanced(expression: str) -> bool:
    depth = 0
    for character in expression:
        depth += (character == "(") - (character == ")")
        if depth < 0:
            return False
    return depth == 0


def contents(document: dict, tree: str) -> list[dict]:
    """What `tree` contains, packages alone."""
    packages = {p["SPDXID"]: p for p in document["packages"]}
    return [
        packages[r["relatedSpdxElement"]]
        for r in document["relationships"]
        if (r["spdxElementId"], r["relationshipType"]) == (tree, "CONTAINS") and r["relatedSpdxElement"].startswith("SPDXRef-Package-")
    ]


if __name__ == "__main__":
    wrong = violations(json.loads(Path(sys.argv[1]).read_text()))
    print("\n".join(wrong) or "valid SPDX 2.3")
    sys.exit(1 if wrong else 0)
