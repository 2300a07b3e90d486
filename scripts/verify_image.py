#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""make verify-image: does a published manifest follow from the sources that it names?

Checks revision, version and inputs against this repository, builds that revision again in another checkout with LOCK=strict,
and compares the manifests. Signing keys are the publisher's: where they differ from those here, what does not depend on
them is compared, and the verdict says so. Exit codes: 0 identical, 6 not, 3 the revision is not here, 2 wrong options.
"""

import argparse
import dataclasses
import hashlib
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import build
import hosted
import settings
import tree
import unlocked
from reproduce import second_cache
from settings import SOURCE, BuildError, say

# Input of a manifest -> file of the revision.
INPUTS = {"packages.lock": "mkosi/packages.lock", "kubernetes.lock": "mkosi/kubernetes.lock"}
# Artefacts that hold no signature, by how their name ends.
UNSIGNED = (".root.raw", ".verity.raw", ".roothash")
# PCR 7 holds the keys of Secure Boot; with them, nothing else of the measurements changes.
KEY_PCR = "7"
# The policy key is part of the UKI, and so are its signatures: with another one these change too.
POLICY_SECTIONS = (".pcrpkey", ".pcrsig")
POLICY_PCRS = ("4", "9", "11")
SECTION_LIMIT = 1 << 20


class Mismatch(BuildError):
    """The manifest and the sources say different things."""


class Absent(BuildError):
    """What has to be looked at is not here."""


def git(*words: str, repository: Path = SOURCE) -> subprocess.CompletedProcess:
    return subprocess.run(["git", "-c", f"safe.directory={repository}", "-c", f"safe.directory={repository}/.git", "-C", str(repository), *words],
                          capture_output=True, check=False)


def check_sources(manifest: dict, repository: Path = SOURCE) -> None:
    """What can be said without building: the revision is here, and version and inputs are those of its files."""
    revision = manifest["revision"]
    if revision.endswith("-dirty"):
        raise Mismatch(f"revision {revision}: built from a checkout with changes that nobody else has; it cannot be verified")
    if not manifest["locked"]:
        raise Mismatch("the build did not use the locked packages ('locked' is false); it cannot be repeated from its sources")
    if git("cat-file", "-e", f"{revision}^{{commit}}", repository=repository).returncode != 0:
        raise Absent(f"revision {revision}: is not in this repository; fetch it first")
    found = git("show", f"{revision}:VERSION", repository=repository).stdout.decode().strip()
    if found != manifest["version"]:
        raise Mismatch(f"the manifest says version {manifest['version']}, VERSION at {revision[:12]} says {found}")
    listed = {entry["name"]: entry["sha256"] for entry in manifest["inputs"]}
    for name, path in INPUTS.items():
        if name not in listed:
            raise Mismatch(f"input {name}: the manifest does not name it")
        shown = git("show", f"{revision}:{path}", repository=repository)
        digest = hashlib.sha256(shown.stdout).hexdigest()
        if shown.returncode != 0 or digest != listed[name]:
            raise Mismatch(f"input {name}: the manifest has {listed[name][:16]}…, {path} at {revision[:12]} has {digest[:16]}…")
    for name in sorted(listed.keys() - INPUTS.keys()):
        raise Mismatch(f"input {name}: this version does not know how to check it")


@dataclasses.dataclass
class Verdict:
    identical: bool
    other_keys: bool
    other_policy_key: bool
    differences: list[str]
    compared: int


def differing_paths(ours, theirs, path: str = "$") -> list[str]:
    """Where two JSON values differ, in order."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return [found for key in sorted(ours.keys() | theirs.keys()) for found in differing_paths(ours.get(key), theirs.get(key), f"{path}.{key}")]
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        return [found for at, (a, b) in enumerate(zip(ours, theirs, strict=True)) for found in differing_paths(a, b, f"{path}[{at}]")]
    return [] if ours == theirs else [path]


def without_keys(manifest: dict, other_policy_key: bool) -> dict:
    """The manifest less all that follows from signing keys: bytes of signed files, what contains them, PCR 7.

    With another policy key, less its sections, the UKI's Authenticode digest and the PCRs that hold those, too.
    """
    out = json.loads(json.dumps(manifest))
    for image in ("uki", "boot_loader"):
        for field in ("sha256", "size"):
            out.get(image, {}).pop(field, None)
    out["artefacts"] = [artefact if artefact["name"].endswith(UNSIGNED) else {"name": artefact["name"]} for artefact in out["artefacts"]]
    if other_policy_key:
        del out["uki"]["authenticode"]
        out["sections"] = [{"name": section["name"]} if section["name"] in POLICY_SECTIONS else section for section in out["sections"]]
    for states in out["measurements"].values():
        for banks in states.values():
            for values in banks.values():
                for pcr in (KEY_PCR, *(POLICY_PCRS if other_policy_key else ())):
                    values.pop(pcr, None)
    return out


def policy_key_of(manifest: dict) -> list[dict]:
    return [section for section in manifest["sections"] if section["name"] == ".pcrpkey"]


def compare(published: dict, rebuilt: dict) -> Verdict:
    """`release` and `launch` are not the build's; all else must be equal, or all that keys do not change."""
    ours, theirs = ({key: value for key, value in manifest.items() if key not in ("release", "launch")} for manifest in (rebuilt, published))
    differences = differing_paths(ours, theirs)
    artefacts = len(published["artefacts"])
    if not differences:
        return Verdict(True, False, False, [], artefacts)
    other_policy_key = policy_key_of(ours) != policy_key_of(theirs)
    same_code = other_policy_key or ours["uki"]["authenticode"] == theirs["uki"]["authenticode"]
    if not same_code or ours["uki"]["sha256"] == theirs["uki"]["sha256"]:
        return Verdict(False, False, False, differences, artefacts)
    rest = differing_paths(without_keys(ours, other_policy_key), without_keys(theirs, other_policy_key))
    compared = sum(1 for artefact in published["artefacts"] if artefact["name"].endswith(UNSIGNED))
    return Verdict(not rest, True, other_policy_key, rest, compared)


def section(image: bytes, name: str) -> bytes:
    """The content of a section of a PE image (PE format, 3.3 and 4: headers and section table). Raises Absent where there is none."""
    try:
        header = struct.unpack_from("<I", image, 0x3C)[0]
        count, optional = struct.unpack_from("<H", image, header + 6)[0], struct.unpack_from("<H", image, header + 20)[0]
        for at in range(header + 24 + optional, header + 24 + optional + 40 * count, 40):
            found, size, _, raw_size, raw = struct.unpack_from("<8sIIII", image, at)
            if found.rstrip(b"\0") == name.encode() and size <= min(raw_size, SECTION_LIMIT) and raw + size <= len(image):
                return image[raw : raw + size]
    except struct.error:
        pass
    raise Absent(f"the published UKI has no section {name}")


def published_policy(manifest: dict, artefacts: Path, folder: Path) -> dict[str, str]:
    """Policy key and signatures of the published UKI, as the build takes them: nobody else can make those."""
    file = artefacts / manifest["uki"]["name"]
    if not file.exists():
        return {}
    image = file.read_bytes()
    folder.mkdir()
    given = {}
    for variable, name in (("POLICY_PUBLIC", ".pcrpkey"), ("POLICY_SIGNATURES", ".pcrsig")):
        (folder / variable).write_bytes(section(image, name))
        given[variable] = str(folder / variable)
    return given


def rebuild(revision: str, work: Path, policy: dict[str, str]) -> Path:
    """Builds the revision in another checkout with a cache that has nothing but locked inputs and keys."""
    place = work / "checkout"
    for words in (["clone", "--quiet", "--no-hardlinks", "--no-checkout", str(SOURCE), str(place)],):
        if (done := git(*words)).returncode != 0:
            raise BuildError(f"git {words[0]}: {done.stderr.decode().strip()}")
    if (done := git("checkout", "--quiet", "--detach", revision, repository=place)).returncode != 0:
        raise BuildError(f"git checkout: {done.stderr.decode().strip()}")
    second_cache(work / "cache")
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "ASTERISM_CACHE": str(work / "cache"), "LOCK": "strict", "LC_ALL": "C.UTF-8", "HOME": str(work)}
    passed = ("KUBERNETES", "KUBERNETES_MIRROR", "MIRROR", "MIRROR_SECURITY", "SNAPSHOT", *build.KEY_VARIABLES, *build.TOKEN_VARIABLES)
    environment |= {name: os.environ[name] for name in passed if name in os.environ}
    for name in build.KEY_VARIABLES:
        if name in environment and not environment[name].startswith("pkcs11:"):
            environment[name] = os.path.abspath(environment[name])
    if "POLICY_KEY" not in environment:
        environment |= policy
    say(f"verify-image: building {revision[:12]} again, cold: as long as a first build")
    done = subprocess.run(["/usr/bin/python3", "scripts/build.py"], cwd=place, env=environment, umask=0o022, stdin=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        raise BuildError(f"the build failed; its logs are in {place}/build/logs")
    return (place / "build/image").resolve()


def first_difference(artefacts: Path, rebuilt: Path) -> None:
    """Names the first file that differs, at every level, where the published artefacts are here."""
    lock = unlocked.lock_in_use()
    words = tree.command(lock, ["build/bin/image-tool", "diff", "/published", "/rebuilt"], binds={str(artefacts.resolve()): "/published", str(rebuilt): "/rebuilt"})
    subprocess.run(words, env=tree.environment(lock), check=False)


def check_signature(arguments: argparse.Namespace) -> None:
    if not arguments.policy:
        say("verify-image: no POLICY= given: whose manifest this is was not checked")
        return
    done = hosted.run("measured-boot", "verify-manifest", arguments.manifest, f"--policy={arguments.policy}", "--allow-candidate")
    if done.returncode != 0:
        raise Mismatch(done.stderr.strip().removeprefix("measured-boot: error: "))
    say(f"verify-image: {done.stdout.strip()}")


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Rebuilds an image from what its manifest names, and compares.", allow_abbrev=False)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--policy", type=Path, help="trust policy that the manifest's signatures must satisfy")
    parser.add_argument("--artefacts", type=Path, help="folder with the published artefacts: names the first file that differs")
    parser.add_argument("--rebuilt", type=Path, help="results of a build made elsewhere, in place of building here")
    parser.add_argument("--sources-only", action="store_true", help="stop before building")
    arguments = parser.parse_args(words)
    check_signature(arguments)
    try:
        manifest = json.loads(arguments.manifest.read_text())
    except (OSError, ValueError) as error:
        raise Absent(f"{arguments.manifest}: {error}") from None
    check_sources(manifest)
    print(f"sources    {manifest['revision'][:12]}: version, {' and '.join(sorted(INPUTS))} are as the manifest says")
    if arguments.sources_only:
        return 0
    work = Path(tempfile.mkdtemp(prefix="asterism-verify.", dir=os.environ.get("TMPDIR", "/var/tmp")))
    policy = published_policy(manifest, arguments.artefacts, work / "policy") if arguments.artefacts else {}
    rebuilt = arguments.rebuilt or rebuild(manifest["revision"], work, policy)
    verdict = compare(manifest, json.loads((rebuilt / "manifest.json").read_text()))
    keys = "signed with other keys than those here: signed files, what contains them and PCR 7 were left out" if verdict.other_keys else "signed with the keys here"
    if verdict.other_policy_key:
        keys += "; so were PCR 4, 9 and 11 and the UKI's digest, which hold the policy key: ARTEFACTS=<folder of the published files> compares them, too"
    print(f"keys       {keys}")
    if verdict.identical:
        without = " without signatures, " + ("all sections but the policy key's" if verdict.other_policy_key else "Authenticode digests, sections") + " and all other PCRs"
        print(f"verdict    identical: {verdict.compared} artefacts" + (without if verdict.other_keys else ""))
        shutil.rmtree(work)
        return 0
    for path in verdict.differences[:20]:
        print(f"differs    {path}")
    if arguments.artefacts:
        first_difference(arguments.artefacts, rebuilt)
    else:
        say("verify-image: with ARTEFACTS=<folder of the published files> it is said which file inside differs first")
    raise Mismatch(f"the rebuilt image is another one; it is kept in {rebuilt}")


def run(words: list[str]) -> int:
    try:
        return main(words)
    except BuildError as error:
        say(f"error: verify-image: {error}")
        return {Mismatch: 6, Absent: 3}.get(type(error), 1)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
