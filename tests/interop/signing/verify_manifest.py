# SPDX-License-Identifier: Apache-2.0
"""From a build's manifest to a verified release: release, sign, verify, files on disk; what is refused and how."""

import hashlib
import json
import os
import pathlib

import signing
from signing import WITHIN, interop, ours

START = "--not-before=2026-12-01T00:00:00Z"


def build():
    """A folder with two artefacts and the manifest of them, as a build leaves it."""
    content = json.loads((signing.EXAMPLES / "minimal.json").read_text())
    for artefact in content["artefacts"]:
        data = artefact["name"].encode() * 1000
        interop.write(f"build/{artefact['name']}", data)
        artefact.update(size=len(data), sha256=hashlib.sha256(data).hexdigest())
    return interop.write("build/manifest.json", json.dumps(content, indent=2, sort_keys=True) + "\n")


def release(*words, source="build/manifest.json", target="released.json"):
    ours("release", source, START, *words, f"--output={target}")
    ours("sign", target, "--key=key.key")
    return target


def main():
    signing.openssl_key("key", "P-256")
    manifest = build()
    released = release("--state=stable", "--floor=1.0", "--not-after=2027-12-01T00:00:00Z")
    fields = json.loads(pathlib.Path(released).read_text())
    interop.same(fields.pop("release"), {"floor": "1.0", "not_after": "2027-12-01T00:00:00Z", "state": "stable",
                                         "not_before": "2026-12-01T00:00:00Z", "serial": 1}, "release")
    interop.same(fields, json.loads(manifest.read_text()), "nothing else is changed")
    out = ours("verify-manifest", released, "--key=key.pub", WITHIN, "--directory=build").stdout
    interop.same(out, "asterism 1.2.0: stable, floor 1.0, until 2027-12-01T00:00:00Z; signed by key; 2 artefacts match\n",
                 "what is said")

    rows = [
        (6, "it expired at 2027-12-01T00:00:00Z", ["--at=2027-12-01T00:00:01Z"]),
        (6, "it holds from", ["--at=2026-11-01T00:00:00Z"]),
        (6, "below the floor", [WITHIN, "--floor=1.3"]),
        (6, "serial 1 is older", [WITHIN, "--serial-min=2"]),
        (2, "is no time", ["--at=tomorrow"]),
        (2, "--policy", [WITHIN, "--policy=key.pub"]),
        (3, "absent", [WITHIN, "--directory=absent"]),
        (3, "absent", [WITHIN, "--signature=absent"]),
        (5, "base64", [WITHIN, "--signature=key.pub"]),
    ]
    for code, part, words in rows:
        message = interop.refused(code, "verify-manifest", released, "--key=key.pub", *words)
        interop.holds(part in message, f"'{part}' in: {message}")
    interop.refused(2, "verify-manifest", released, WITHIN)
    message = interop.refused(3, "verify-manifest", manifest, "--key=key.pub", WITHIN)
    interop.holds("no signature beside it" in message, message)

    for words, part in ((["--state=revoked", "--serial=2"], "revoked"), (["--state=candidate"], "candidate")):
        message = interop.refused(6, "verify-manifest", release(*words, source=released, target="other.json"), "--key=key.pub",
                                  WITHIN, "--allow-candidate" if part == "revoked" else "--floor=1")
        interop.holds(part in message, message)
    for words, part in ((["--floor=1.3"], "above the version"), (["--not-after=2026-01-01T00:00:00Z"], "not later"),
                        (["--state=beta"], "no lifecycle state"), (["--serial=0"], "start at 1"), (["--days=0"], "not later")):
        message = interop.refused(2, "release", "build/manifest.json", START, *words)
        interop.holds(part in message, message)

    # Without times given: from now, for a year.
    ours("release", "build/manifest.json", "--state=stable", "--output=today.json")
    ours("sign", "today.json", "--key=key.key")
    ours("verify-manifest", "today.json", "--key=key.pub")

    # One byte of an artefact, then its size.
    path = pathlib.Path("build/asterism_1.2.0.raw")
    good = path.read_bytes()
    for bad in (good[:500] + b"!" + good[501:], good[:-1], good + b"\0"):
        path.write_bytes(bad)
        message = interop.refused(6, "verify-manifest", released, "--key=key.pub", WITHIN, "--directory=build")
        interop.holds("'asterism_1.2.0.raw' in 'build' is not the file" in message, message)
    os.remove(path)
    interop.refused(3, "verify-manifest", released, "--key=key.pub", WITHIN, "--directory=build")


if __name__ == "__main__":
    main()
