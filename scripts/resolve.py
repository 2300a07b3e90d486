# SPDX-License-Identifier: Apache-2.0
"""Turns the package names in mkosi's configuration into a lock, with the host's apt and the archive's signed indexes.

apt runs over directories of its own in the cache, so that the host's packages and sources play no part.
"""

import re
import subprocess
import time
from pathlib import Path

from lockfile import Entry, Lock
from settings import ARCHITECTURE, RELEASE, SOURCE, BuildError, cache_directory, mirror, say

# Trees and the configuration files whose Packages= they are made of.
TREES = {
    "tools": [SOURCE / "mkosi/tools/mkosi.conf"],
    "initrd": [SOURCE / "initrd/mkosi.conf", *sorted((SOURCE / "initrd/mkosi.profiles").glob("*/mkosi.conf"))],
    "image": [SOURCE / "mkosi/image/mkosi.conf", *sorted((SOURCE / "mkosi/image/mkosi.profiles").glob("*/mkosi.conf"))],
}
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# The suites that single inputs come from, because the release has none or too old a one.
MKOSI_SUITES = ("forky", "sid")
KUBERNETES_SUITE = "bookworm"


def configured_packages(files: list[Path]) -> list[str]:
    """The words of every 'Packages=' assignment in mkosi configuration files."""
    names: set[str] = set()
    for file in files:
        if not file.exists():
            continue
        inside = False
        for line in file.read_text().splitlines():
            text = line.split("#", 1)[0].rstrip()
            if not text:
                continue
            if re.match(r"Packages\s*=", text):
                inside = True
                text = text.split("=", 1)[1]
            elif not text[:1].isspace():
                inside = False
            if inside:
                names.update(text.split())
    return sorted(names)


class Apt:
    """apt over a directory of its own."""

    def __init__(self, name: str, sources: list[str]):
        base = cache_directory() / "apt" / name
        for folder in ("state/lists/partial", "cache/archives/partial", "etc/apt.conf.d", "etc/preferences.d", "log"):
            (base / folder).mkdir(parents=True, exist_ok=True)
        (base / "state/status").write_text("")
        self._lists = base / "state/lists"
        (base / "etc/sources.list").write_text("\n".join(sources) + "\n")
        self._configuration = base / "apt.conf"
        self._configuration.write_text(
            f'Dir "{base}";\nDir::State "{base}/state";\nDir::State::status "{base}/state/status";\n'
            f'Dir::Cache "{base}/cache";\nDir::Etc "{base}/etc";\nDir::Etc::parts "{base}/etc/apt.conf.d";\nDir::Log "{base}/log";\n'
            f'APT::Architecture "{ARCHITECTURE}";\nAPT::Architectures {{ "{ARCHITECTURE}"; }};\n'
            'APT::Install-Recommends "false";\nAPT::Sandbox::User "root";\nAcquire::Languages "none";\n'
            # A mirror that lags has expired indexes. They are still signed, and what they name is pinned by hash: their
            # date is shown, and the person who reads the difference decides.
            'Acquire::Check-Valid-Until "false";\nAcquire::Retries "3";\n'
        )

    def run(self, *words: str) -> str:
        done = subprocess.run(
            words, env={"APT_CONFIG": str(self._configuration), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"},
            capture_output=True, text=True, check=False,
        )
        if done.returncode != 0:
            lines = [l for l in done.stderr.splitlines() if l.startswith("E:")] or [f"exit code {done.returncode}"]
            raise BuildError(f"{' '.join(words[:2])}: {lines[0]}: check the archive in the host's apt configuration or MIRROR=")
        return done.stdout

    def update(self) -> None:
        self.run("apt-get", "update", "-q", "-o", "APT::Update::Error-Mode=any")
        for release in sorted(self._lists.glob("*_InRelease")):
            date = re.search(r"^Date: (.*)$", release.read_text(errors="replace"), re.MULTILINE)
            say(f"lock: {release.name.rsplit('_dists_')[-1].removesuffix('_InRelease')} as of {date[1] if date else 'unknown'}")

    def closure(self, packages: list[str]) -> list[tuple[str, str, str]]:
        """(name, version, architecture) of every package that installing these into an empty root brings."""
        simulated = self.run("apt-get", "install", "--simulate", "-q", "?essential", "base-files", *packages)
        found = re.findall(r"^Inst (\S+) \((\S+) .*\[(\w+)\]\)", simulated, re.MULTILINE)
        if not found:
            raise BuildError("apt-get install --simulate names no package: check the indexes in the cache")
        return [(name.split(":")[0], version, architecture) for name, version, architecture in found]

    def records(self, wanted: list[tuple[str, str]]) -> list[dict[str, str]]:
        text = self.run("apt-cache", "show", "--no-all-versions", *(f"{n}={v}" for n, v in wanted))
        return [_fields(block) for block in text.split("\n\n") if block.strip()]


def _fields(block: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in block.splitlines():
        if ":" in line and not line[0].isspace():
            key, value = line.split(":", 1)
            fields[key] = value.strip()
    return fields


def _release_sources() -> list[str]:
    main, security = mirror("debian"), mirror("debian-security")
    option = f"[signed-by={KEYRING}]"
    return [
        f"deb {option} {main} {RELEASE} main",
        f"deb {option} {main} {RELEASE}-updates main",
        f"deb {option} {security} {RELEASE}-security main",
    ]


def _resolve_trees() -> list[Entry]:
    apt = Apt(RELEASE, _release_sources())
    apt.update()
    sets: dict[tuple[str, str, str], set[str]] = {}
    for tree, files in TREES.items():
        names = configured_packages(files)
        for package in apt.closure(names):
            sets.setdefault(package, set()).add(tree)
    entries = []
    for record in apt.records([(name, version) for name, version, _ in sets]):
        key = (record["Package"], record["Version"], record["Architecture"])
        archive = "debian-security" if record["Filename"].startswith("pool/updates/") else "debian"
        entries.append(
            Entry("deb", tuple(sorted(sets[key])), *key, int(record["Size"]), record["SHA256"], archive, record["Filename"])
        )
    if len(entries) != len(sets):
        raise BuildError(f"the archive's indexes describe {len(entries)} of {len(sets)} packages: run make lock again")
    return entries


def _resolve_mkosi() -> Entry:
    for suite in MKOSI_SUITES:
        apt = Apt(suite, [f"deb [signed-by={KEYRING}] {mirror('debian')} {suite} main"])
        apt.update()
        record = _fields(apt.run("apt-cache", "show", "--no-all-versions", "mkosi"))
        if record.get("Version", "").startswith("27."):
            return Entry(
                "deb", ("self",), "mkosi", record["Version"], record["Architecture"], int(record["Size"]), record["SHA256"],
                "debian", record["Filename"],
            )
    raise BuildError("the archive holds no mkosi 27: give MIRROR= of one that does, or move the build to the newer one")


def _resolve_kubernetes() -> list[Entry]:
    apt = Apt(f"{KUBERNETES_SUITE}-src", [f"deb-src [signed-by={KEYRING}] {mirror('debian')} {KUBERNETES_SUITE} main"])
    apt.update()
    record = apt.run("apt-cache", "showsrc", "--only-source", "kubernetes")
    version = re.search(r"^Version: (\S+)$", record, re.MULTILINE)
    folder = re.search(r"^Directory: (\S+)$", record, re.MULTILINE)
    hashes = re.search(r"^Checksums-Sha256:\n((?: .*\n)+)", record, re.MULTILINE)
    if not (version and folder and hashes):
        raise BuildError("the archive's source index has no kubernetes: give MIRROR= of one that does, or KUBERNETES=<version>")
    entries = []
    for line in hashes[1].splitlines():
        sha256, size, name = line.split()
        if not name.endswith(".dsc"):
            entries.append(
                Entry("source", (), "kubernetes", version[1], "-", int(size), sha256, "debian", f"{folder[1]}/{name}")
            )
    return entries


def resolve() -> Lock:
    say("lock: reading the archive's indexes")
    moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    entries = _resolve_trees() + [_resolve_mkosi()] + _resolve_kubernetes()
    return Lock(moment, entries)
