# SPDX-License-Identifier: Apache-2.0
"""Where things lie and what the person asked for: the only module that reads the environment."""

import os
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent
BUILD = SOURCE / "build"
LOCK_FILE = SOURCE / "mkosi" / "packages.lock"
RELEASE = "trixie"
ARCHITECTURE = "amd64"


class BuildError(Exception):
    """A failure that a person can act on: one line that names what, where and what to do."""


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def cache_directory() -> Path:
    """Trees, inputs and results, all keyed by content; and keys/, the development keys, without which PCR 7 becomes another."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(os.environ.get("ASTERISM_CACHE") or Path(base) / "asterism").resolve()


def lock_mode() -> str:
    """LOCK=auto (default): re-resolve what the archive no longer holds, loudly; LOCK=strict: stop there."""
    mode = os.environ.get("LOCK") or "auto"
    if mode not in ("auto", "strict"):
        raise BuildError(f"LOCK={mode}: the values are auto and strict")
    return mode


def _from_apt(security: bool) -> str | None:
    """The first Debian archive in the host's own apt configuration, as a base that has pool/ and dists/ below it."""
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(SITE)\t$(CREATED_BY)"], capture_output=True, text=True, check=False
    ).stdout
    for line in listed.splitlines():
        site = line.split("\t")[0].rstrip("/")
        if site.endswith("/debian-security" if security else "/debian"):
            return site
    return None


def mirror(archive: str) -> str:
    """Base address of 'debian' or 'debian-security': MIRROR= (and MIRROR_SECURITY=), else what the host's apt uses."""
    wanted = os.environ.get("MIRROR")
    if archive == "debian":
        base = wanted or _from_apt(security=False)
        hint = "add one to /etc/apt/sources.list or give MIRROR=<address of a folder with dists/ and pool/>"
    else:
        base = os.environ.get("MIRROR_SECURITY") or (wanted and wanted.rstrip("/") + "-security") or _from_apt(security=True)
        hint = "add one to /etc/apt/sources.list or give MIRROR_SECURITY=<address>"
    if not base:
        raise BuildError(f"no {archive} archive in the host's apt configuration: {hint}")
    return base.rstrip("/")


def snapshot_service() -> str | None:
    """Base address below which <archive>/<timestamp>/ lies: SNAPSHOT=, else what apt itself knows; None if neither."""
    if given := os.environ.get("SNAPSHOT"):
        return given.rstrip("/")
    dump = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=False).stdout
    for line in dump.splitlines():
        if line.startswith("Acquire::Snapshots::URI::") and "@SNAPSHOTID@" in line:
            address = line.split('"')[1]
            return address.split("/debian/@SNAPSHOTID@")[0].rstrip("/")
    return None
