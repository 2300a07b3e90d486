# SPDX-License-Identifier: Apache-2.0
"""SLSA provenance: cosign verifies our envelope for the manifest and for each artefact, and refuses other files."""

import base64
import hashlib
import json

import signing
from signing import NO_LOG, cosign, interop, ours

WORDS = ("--builder=https://builder.example/asterism", "--source=https://git.example/asterism")


def accepts(key, file, kind="slsaprovenance1"):
    return cosign("verify-blob-attestation", f"--key={key}.pub", "--signature=provenance.json", f"--type={kind}", NO_LOG,
                  file, check=False).returncode == 0


def check_statement(manifest, content):
    envelope = json.load(open("provenance.json", encoding="ascii"))
    interop.same(envelope["payloadType"], "application/vnd.in-toto+json", "type of the payload")
    statement = json.loads(base64.b64decode(envelope["payload"]))
    interop.same(statement["_type"], "https://in-toto.io/Statement/v1", "type of the statement")
    subjects = {s["name"]: s["digest"]["sha256"] for s in statement["subject"]}
    wanted = {artefact["name"]: artefact["sha256"] for artefact in content["artefacts"]}
    wanted[manifest.name] = hashlib.sha256(manifest.read_bytes()).hexdigest()
    interop.same(subjects, wanted, "subjects")
    definition = statement["predicate"]["buildDefinition"]
    dependencies = definition["resolvedDependencies"]
    interop.same(dependencies[0], {"uri": f"git+https://git.example/asterism@{content['revision']}",
                                   "digest": {"gitCommit": content["revision"]}}, "the commit")
    interop.same({d["name"]: d["digest"]["sha256"] for d in dependencies[1:]},
                 {i["name"]: i["sha256"] for i in content["inputs"]}, "the inputs")
    interop.same(definition["externalParameters"]["version"], content["version"], "version")
    interop.same(statement["predicate"]["runDetails"]["builder"]["id"], "https://builder.example/asterism", "builder")


def main():
    # A manifest that names a real file, so that cosign has something to hash.
    content = json.loads((signing.EXAMPLES / "released.json").read_text())
    artefact = interop.write("sbom.spdx.json", "a bill of materials")
    record = next(a for a in content["artefacts"] if a["name"] == "sbom.spdx.json")
    record.update(sha256=hashlib.sha256(artefact.read_bytes()).hexdigest(), size=artefact.stat().st_size)
    manifest = interop.write("manifest-1.json", json.dumps(content, indent=2, sort_keys=True) + "\n")
    other = interop.write("other", "another file")
    for kind in ("P-256", "ed25519"):
        signing.openssl_key("key", kind)
        signing.openssl_key("wrong", kind)
        ours("provenance", manifest, "--key=key.key", *WORDS, "--output=provenance.json")
        check_statement(manifest, content)
        for key, file, predicate, accepted in (("key", manifest, "slsaprovenance1", True), ("key", artefact, "slsaprovenance1", True),
                                               ("key", other, "slsaprovenance1", False), ("wrong", manifest, "slsaprovenance1", False),
                                               ("key", manifest, "spdx", False)):
            interop.same(accepts(key, file, predicate), accepted, f"cosign on {file} with {kind} {key}, {predicate}")
    bare = json.loads(ours("provenance", manifest, "--statement", *WORDS).stdout)
    interop.same(bare["predicateType"], "https://slsa.dev/provenance/v1", "predicate type")
    interop.refused(2, "provenance", manifest, *WORDS)
    interop.refused(2, "provenance", manifest, "--statement", "--builder=not a URI", WORDS[1])


if __name__ == "__main__":
    main()
