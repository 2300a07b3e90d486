#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""make publish: releases, signs and uploads a built image, then leads channels to it. docs/publishing.md has the details.

Order: everything is made and verified here first; artefacts, then manifest and statements are uploaded under names that no
reader looks at yet; then each channel, and the index last. Whatever ends a run before that leaves readers with the old
state, and the same command goes on from there. Exit codes as in docs/exit-codes.md.
"""

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

import hosted
from publish_places import Conflict, Folder, Unavailable, digest_of, place_of
from settings import BUILD, BuildError, say

DAYS = {"release": 365, "index": 30}


class ToolError(BuildError):
    """measured-boot refused; its own line and exit code are the best there is."""

    def __init__(self, text: str, code: int):
        super().__init__(text)
        self.code = code


def measured_boot(*words: object) -> str:
    done = hosted.run("measured-boot", *words)
    if done.returncode != 0:
        raise ToolError(done.stderr.strip().removeprefix("measured-boot: error: "), done.returncode)
    return done.stdout


def options(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Publishes a built image.", allow_abbrev=False)
    parser.add_argument("destination", help="a folder, file://, https:// (PUT) or oci://registry/repository")
    parser.add_argument("--image", type=Path, default=BUILD / "image", help="folder that the build left (default: build/image)")
    parser.add_argument("--manifest", type=Path, help="released manifest with signatures beside it; default: that of the image, released and signed with --key")
    parser.add_argument("--key", action="append", required=True, help="private key: PEM file or pkcs11: URI; repeatable")
    parser.add_argument("--policy", type=Path, help="trust policy that readers use; default: the keys given, all of them")
    parser.add_argument("--channel", action="append", default=[], help="channel that leads to this version; repeatable")
    parser.add_argument("--state", default="stable", help="candidate, stable, deprecated or revoked (default: stable)")
    parser.add_argument("--floor", default="0", help="lowest version that may still run (default: 0, none is too low)")
    parser.add_argument("--serial", default="1", help="number of this statement about the version (default: 1)")
    parser.add_argument("--not-before", help="start of the release (default: now)")
    parser.add_argument("--not-after", help=f"end of the release (default: {DAYS['release']} days)")
    parser.add_argument("--index-not-after", help=f"end of the index (default: {DAYS['index']} days)")
    parser.add_argument("--builder", default="https://asterism.invalid/builders/unnamed", help="URI of who built, for the provenance")
    parser.add_argument("--source", default="https://asterism.invalid/source", help="URI of the source repository, for the provenance")
    parser.add_argument("--allow-older", action="store_true", help="let a channel go back to a lower version")
    parser.add_argument("--dry-run", action="store_true", help="make and verify everything, upload nothing")
    return parser.parse_args(words)


def policy_of(arguments: argparse.Namespace, work: Path) -> Path:
    if arguments.policy:
        return arguments.policy
    words = []
    for number, key in enumerate(arguments.key, 1):
        public = work / f"key-{number}.pub"
        public.write_text(measured_boot("public-key", key))
        words.append(f"key-{number}={public}")
    measured_boot("trust-policy", f"--threshold={len(words)}", *words, f"--output={work}/policy.json")
    return work / "policy.json"


def released_manifest(arguments: argparse.Namespace, work: Path) -> tuple[Path, list[Path]]:
    """manifest.json and its signatures in a folder of their own, under the names that they are published under."""
    target = work / "statement" / "manifest.json"
    target.parent.mkdir()
    if arguments.manifest:
        shutil.copyfile(arguments.manifest, target)
        beside = sorted(arguments.manifest.parent.glob(f"{arguments.manifest.name}*.sig"))
        signatures = [target.with_name(f"manifest.json.{digest_of(path)[:16]}.sig") for path in beside]
        for path, named in zip(beside, signatures, strict=True):
            shutil.copyfile(path, named)
        return target, signatures
    words = [f"--{name}={value}" for name in ("state", "floor", "serial", "not_before", "not_after")
             if (value := getattr(arguments, name)) is not None]
    measured_boot("release", arguments.image / "manifest.json", *(word.replace("_", "-", 1) if word.startswith("--not_") else word for word in words),
                  f"--output={target}")
    signatures = []
    for number, key in enumerate(arguments.key, 1):
        signatures.append(target.with_name(f"manifest.json.{number}.sig"))
        measured_boot("sign", target, f"--key={key}", f"--output={signatures[-1]}")
    return target, signatures


def statement_name(files: list[Path]) -> str:
    text = "".join(f"{file.name} {digest_of(file)}\n" for file in sorted(files))
    return "statement-" + hashlib.sha256(text.encode()).hexdigest()[:16]


class Progress:
    """One line on a terminal; elsewhere a line for each tenth."""

    def __init__(self, total: int):
        self.total, self.done, self.shown = max(total, 1), 0, -1

    def __call__(self, size: int) -> None:
        self.done = min(self.done + size, self.total)
        tenth = self.done * 10 // self.total
        terminal = sys.stderr.isatty()
        if tenth == self.shown and not (terminal and self.done == self.total):
            return
        self.shown = tenth
        print(f"\rpublish: {self.done / 1e6:.1f} of {self.total / 1e6:.1f} MB", end="" if terminal and self.done < self.total else "\n", file=sys.stderr, flush=True)


@contextlib.contextmanager
def only_publisher(place, dry_run: bool):
    """Two publishers of this machine into one folder take turns; for other places the index is read again before the end."""
    if dry_run or not isinstance(place, Folder):
        yield
        return
    place.top.mkdir(parents=True, exist_ok=True)
    with (place.top / ".publish.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(f"{place.top}: somebody else is publishing there; wait for that to end") from None
        yield


def new_index(arguments: argparse.Namespace, work: Path, policy: Path, previous: bytes | None, folder: str, files: dict[str, list[Path]]) -> None:
    (work / "channels").mkdir()
    words = [f"--key={key}" for key in arguments.key] + [f"--channel={channel}" for channel in arguments.channel]
    words += [f"--signature={path}" for path in files["signatures"]] + [f"--document={path}" for path in files["documents"]]
    if previous is not None:
        (work / "previous.json").write_bytes(previous)
        words += [f"--previous={work}/previous.json", f"--policy={policy}"]
    words += [f"--not-after={arguments.index_not_after}"] if arguments.index_not_after else [f"--days={DAYS['index']}"]
    words += ["--allow-older"] if arguments.allow_older else []
    measured_boot("index", files["manifest"][0], f"--folder={folder}", *words, f"--output={work}/index.json", f"--channel-directory={work}/channels")
    for document in (work / "index.json", *sorted((work / "channels").iterdir())):
        measured_boot("verify-index", document, f"--policy={policy}")


def verify_as_reader(arguments: argparse.Namespace, manifest: Path, policy: Path, *, revoked: bool) -> None:
    """A revoked version is published so that readers learn of it: all that may be wrong with it is that it is revoked."""
    try:
        measured_boot("verify-manifest", manifest, f"--policy={policy}", "--allow-candidate", f"--directory={arguments.image}")
    except ToolError as error:
        if not revoked or "the version is revoked" not in str(error):
            raise


def publish(arguments: argparse.Namespace, work: Path, place) -> None:
    policy = policy_of(arguments, work)
    manifest, signatures = released_manifest(arguments, work)
    content = json.loads(manifest.read_text())
    say(f"publish: verifying {content['name']} {content['version']}")
    verify_as_reader(arguments, manifest, policy, revoked=content.get("release", {}).get("state") == "revoked")
    provenance = manifest.with_name("provenance.json")
    measured_boot("provenance", manifest, *(f"--key={key}" for key in arguments.key), f"--builder={arguments.builder}", f"--source={arguments.source}",
                  f"--output={provenance}")
    statements = [manifest, *signatures, provenance]
    previous = place.read("index.json")
    folder = statement_name(statements)
    files = {"manifest": [manifest], "signatures": signatures, "documents": [provenance]}
    new_index(arguments, work, policy, previous, folder, files)
    index = json.loads(measured_boot("verify-index", work / "index.json", f"--policy={policy}", "--json"))
    version = next(entry for entry in index["versions"] if entry["name"] == content["version"])

    builds = f"versions/{version['name']}/{version['build'][:16]}"
    artefacts = [arguments.image / artefact["name"] for artefact in content["artefacts"]]
    wanted = [] if version["state"] == "revoked" else place.missing(builds, artefacts)
    size = sum(path.stat().st_size for path in wanted)
    say(f"publish: sequence {index['sequence']}; {len(wanted)} of {len(artefacts)} artefacts are to be uploaded, {size / 1e6:.1f} MB")
    if arguments.dry_run:
        for path in wanted:
            print(f"would upload {builds}/{path.name}")
        print(f"would upload versions/{version['name']}/{folder}/ ({len(statements)} files)")
        for document in sorted((work / "channels").iterdir()):
            print(f"would replace channels/{document.name}: {index['channels'][document.stem]}")
        print(f"would replace index.json: sequence {index['sequence']}, {len(index['versions'])} versions")
        return
    place.add(builds, wanted, Progress(size))
    place.add(f"versions/{version['name']}/{folder}", statements, lambda _: None)
    if place.read("index.json") != previous:
        raise Conflict("somebody else published meanwhile; run it again")
    for document in sorted((work / "channels").iterdir()):
        place.replace(f"channels/{document.name}", document)
    place.replace("index.json", work / "index.json")
    print(f"published {content['name']} {version['name']} ({version['state']}), sequence {index['sequence']}" +
          "".join(f"; channel {channel}" for channel in arguments.channel))


def main(words: list[str]) -> int:
    arguments = options(words)
    os.umask(0o022)
    try:
        place = place_of(arguments.destination, hosted.program("oras") if arguments.destination.startswith("oci://") else [])
        with tempfile.TemporaryDirectory(prefix="asterism-publish.") as work, only_publisher(place, arguments.dry_run):
            publish(arguments, Path(work), place)
        return 0
    except BuildError as error:
        say(f"publish: error: {error}")
        return {ToolError: getattr(error, "code", 1), Conflict: 7, Unavailable: 8}.get(type(error), 2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
