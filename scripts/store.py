# SPDX-License-Identifier: Apache-2.0
"""The content-addressed store of locked inputs, and the package repositories that builds read from it.

    <cache>/store/<first two hex>/<sha256>           the file; its name is its digest
    <cache>/store/<first two hex>/<sha256>.control   a package's control stanza, for the repository index
    <cache>/repository/<key>/                        dists/ and pool/ over hard links into the store

Nothing enters the store under a name that is not its digest, and every file is hashed again when a repository is made.
"""

import concurrent.futures
import hashlib
import os
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from pathlib import Path

from lockfile import Entry, Lock
from settings import ARCHITECTURE, RELEASE, BuildError, cache_directory, mirror, say, snapshot_service

_CONNECTIONS = 8
_TIMEOUT_SECONDS = 60


def path_of(sha256: str) -> Path:
    return cache_directory() / "store" / sha256[:2] / sha256


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _download(address: str, entry_size: int, sha256: str) -> bool:
    """True once the store holds `sha256`; False where the address has nothing, or something else."""
    target = path_of(sha256)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".incoming-", delete=False) as incoming:
        try:
            hasher, left = hashlib.sha256(), entry_size
            with urllib.request.urlopen(address, timeout=_TIMEOUT_SECONDS) as answer:
                while block := answer.read(min(1 << 20, left + 1)):
                    left -= len(block)
                    if left < 0:
                        break
                    hasher.update(block)
                    incoming.write(block)
            incoming.flush()
            if left != 0 or hasher.hexdigest() != sha256:
                return False
            os.chmod(incoming.name, 0o644)
            os.rename(incoming.name, target)
            return True
        except (urllib.error.URLError, OSError):
            return False
        finally:
            Path(incoming.name).unlink(missing_ok=True)


def _addresses(entry: Entry, resolved: str) -> list[str]:
    found = [f"{mirror(entry.archive)}/{entry.path}"]
    if service := snapshot_service():
        found.append(f"{service}/{entry.archive}/{resolved}/{entry.path}")
    return found


def fill(lock: Lock) -> list[Entry]:
    """Brings every locked input into the store; returns those that neither archive nor snapshot service gave."""
    absent = [e for e in lock.entries if not path_of(e.sha256).exists()]
    if not absent:
        return []
    total = sum(e.size for e in absent)
    say(f"store: {len(absent)} inputs, {total / 1e6:.0f} MB to fetch")
    missing: list[Entry] = []
    done_bytes = 0

    def fetch(entry: Entry) -> bool:
        return any(_download(address, entry.size, entry.sha256) for address in _addresses(entry, lock.resolved))

    with concurrent.futures.ThreadPoolExecutor(_CONNECTIONS) as pool:
        for number, (entry, found) in enumerate(zip(absent, pool.map(fetch, absent), strict=True), 1):
            done_bytes += entry.size
            if not found:
                missing.append(entry)
            if number % 100 == 0 or number == len(absent):
                say(f"store: {number} of {len(absent)}, {done_bytes / 1e6:.0f} MB")
    return missing


def _control_stanza(entry: Entry) -> str:
    kept = path_of(entry.sha256).with_suffix(".control")
    if not kept.exists():
        text = subprocess.run(["dpkg-deb", "--field", path_of(entry.sha256)], capture_output=True, text=True, check=True).stdout
        temporary = kept.with_suffix(f".control.{os.getpid()}")
        temporary.write_text(text)
        temporary.rename(kept)
    return kept.read_text().rstrip("\n")


def _check(entry: Entry) -> None:
    actual = digest_of(path_of(entry.sha256))
    if actual != entry.sha256:
        path_of(entry.sha256).unlink()
        raise BuildError(f"store: {entry.filename} was altered (SHA-256 {actual[:16]}…); it was removed, run the same command again")


def _parallel(work: Callable[[Entry], object], entries: Iterable[Entry]) -> list:
    with concurrent.futures.ThreadPoolExecutor(_CONNECTIONS) as pool:
        return list(pool.map(work, entries))


def repository(entries: list[Entry]) -> Path:
    """A local archive (dists/<release>/main, pool/) of exactly these packages, every file hashed on the way in."""
    entries = sorted(entries, key=lambda e: e.path)
    key = hashlib.sha256("".join(f"{e.path} {e.sha256}\n" for e in entries).encode()).hexdigest()[:24]
    final = cache_directory() / "repository" / key
    if final.exists():
        return final
    _parallel(_check, entries)
    stanzas = _parallel(_control_stanza, entries)
    final.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(dir=final.parent, prefix=".new-"))
    index = work / "dists" / RELEASE / "main" / f"binary-{ARCHITECTURE}"
    index.mkdir(parents=True)
    text = []
    for entry, stanza in zip(entries, stanzas, strict=True):
        file = work / "pool" / entry.filename
        file.parent.mkdir(exist_ok=True)
        os.link(path_of(entry.sha256), file)
        text.append(f"{stanza}\nFilename: pool/{entry.filename}\nSize: {entry.size}\nSHA256: {entry.sha256}\n\n")
    packages = "".join(text).encode()
    (index / "Packages").write_bytes(packages)
    (work / "dists" / RELEASE / "Release").write_text(
        f"Origin: Asterism\nLabel: Asterism\nSuite: stable\nCodename: {RELEASE}\nArchitectures: {ARCHITECTURE}\nComponents: main\n"
        f"Date: Thu, 01 Jan 1970 00:00:00 UTC\nSHA256:\n {hashlib.sha256(packages).hexdigest()} {len(packages)} "
        f"main/binary-{ARCHITECTURE}/Packages\n"
    )
    work.chmod(0o755)
    try:
        work.rename(final)
    except OSError:  # another build made the same one meanwhile
        shutil.rmtree(work)
    return final
