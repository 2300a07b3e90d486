# SPDX-License-Identifier: Apache-2.0
"""mkosi/packages.lock: every input of a build by name, version, architecture, size and SHA-256.

One line an input, columns separated by one space, sorted:

    deb    <sets> <name> <version> <architecture> <size> <sha256> <archive> <path below the archive>
    source -      <name> <version> -              <size> <sha256> <archive> <path below the archive>

<sets> says which trees a package enters: tools, initrd, image, or 'self' for a package that is only unpacked (mkosi).
A line '# resolved <timestamp>' names the moment at which the archive held exactly these.
"""

import dataclasses
import re
from pathlib import Path

from settings import BuildError

SETS = ("tools", "initrd", "image", "self")
_HEX = re.compile(r"[0-9a-f]{64}")
_PATH = re.compile(r"pool/[A-Za-z0-9+._~/-]+")
_WORD = re.compile(r"[A-Za-z0-9+.:~-]+")


@dataclasses.dataclass(frozen=True, order=True)
class Entry:
    kind: str
    sets: tuple[str, ...]
    name: str
    version: str
    architecture: str
    size: int
    sha256: str
    archive: str
    path: str

    def line(self) -> str:
        sets = ",".join(self.sets) or "-"
        return (
            f"{self.kind} {sets} {self.name} {self.version} {self.architecture} {self.size} {self.sha256} "
            f"{self.archive} {self.path}"
        )

    @property
    def filename(self) -> str:
        return self.path.rsplit("/", 1)[1]


@dataclasses.dataclass
class Lock:
    resolved: str
    entries: list[Entry]

    def of_set(self, name: str) -> list[Entry]:
        return sorted(e for e in self.entries if e.kind == "deb" and name in e.sets)

    def sources(self) -> list[Entry]:
        return [e for e in self.entries if e.kind == "source"]

    def find(self, kind: str, name: str) -> Entry:
        for entry in self.entries:
            if entry.kind == kind and entry.name == name:
                return entry
        raise BuildError(f"packages.lock: no {kind} '{name}': run make lock")

    def text(self) -> str:
        head = (
            "# Every input of the build, checked by size and SHA-256 before use. Written by `make lock`; columns: scripts/lockfile.py\n"
            f"# resolved {self.resolved}\n"
        )
        order = sorted(self.entries, key=lambda e: (e.kind, e.name, e.architecture, e.version, e.path))
        return head + "".join(e.line() + "\n" for e in order)


def parse(text: str, where: str) -> Lock:
    """Refuses whatever does not have exactly the form above: the lock decides what is run as root."""
    resolved, entries, seen = "", [], set()
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("# resolved "):
            resolved = line.removeprefix("# resolved ")
            continue
        if line.startswith("#") or not line:
            continue
        part = line.split(" ")
        try:
            kind, sets, name, version, architecture, size, sha256, archive, path = part
            entry = Entry(
                kind, () if sets == "-" else tuple(sets.split(",")), name, version, architecture, int(size), sha256, archive, path
            )
        except ValueError:
            raise BuildError(f"{where}:{number}: expected nine columns, found {len(part)}; run make lock") from None
        good = (
            kind in ("deb", "source")
            and all(s in SETS for s in entry.sets)
            and all(_WORD.fullmatch(w) for w in (name, version, architecture))
            and entry.size > 0
            and _HEX.fullmatch(sha256)
            and archive in ("debian", "debian-security")
            and _PATH.fullmatch(path)
            and ".." not in path
        )
        if not good:
            raise BuildError(f"{where}:{number}: malformed entry for '{name}'; run make lock")
        if (kind, path) in seen:
            raise BuildError(f"{where}:{number}: '{path}' is listed twice; run make lock")
        seen.add((kind, path))
        entries.append(entry)
    if not re.fullmatch(r"[0-9]{8}T[0-9]{6}Z", resolved):
        raise BuildError(f"{where}: no '# resolved <timestamp>' line; run make lock")
    return Lock(resolved, entries)


def read(path: Path) -> Lock:
    try:
        return parse(path.read_text(), str(path))
    except FileNotFoundError:
        raise BuildError(f"{path}: not found; run make lock") from None


def difference(old: Lock, new: Lock) -> list[str]:
    """Lines 'name: old -> new' for people, by package name; empty if nothing moved."""

    def by_name(lock: Lock) -> dict[tuple[str, str], str]:
        return {(e.kind, e.name if e.kind == "deb" else e.filename): f"{e.version} {e.sha256[:12]}" for e in lock.entries}

    before, after = by_name(old), by_name(new)
    lines = []
    for key in sorted(before.keys() | after.keys()):
        was, is_now = before.get(key), after.get(key)
        if was != is_now:
            lines.append(f"{key[1]}: {was or '(absent)'} -> {is_now or '(gone)'}")
    return lines
