# SPDX-License-Identifier: Apache-2.0
"""Stages of a build: each has inputs, a key made of them, and outputs that are kept while the key stays the same."""

import hashlib
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from settings import BuildError, say


def tree_digest(paths: Iterable[Path]) -> str:
    """SHA-256 over names, kinds, executable bits and contents of files and folders, whatever their dates and owners."""
    hasher = hashlib.sha256()
    for top in paths:
        found = sorted(top.rglob("*")) if top.is_dir() and not top.is_symlink() else [top]
        for path in found:
            name = str(path.relative_to(top.parent))
            if "__pycache__" in name:
                continue
            if path.is_symlink():
                hasher.update(f"link {name} {os.readlink(path)}\n".encode())
            elif path.is_file():
                runnable = bool(path.stat().st_mode & 0o100)
                hasher.update(f"file {name} {runnable} {path.stat().st_size}\n".encode())
                with path.open("rb") as file:
                    hasher.update(hashlib.file_digest(file, "sha256").digest())
            elif not path.exists():
                raise BuildError(f"{path}: not found")
    return hasher.hexdigest()


def key_of(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


class Progress:
    """One line a stage with its time; on a terminal the running stage shows its elapsed seconds when it ends."""

    def __init__(self, total: int):
        self._total, self._number, self._begin = total, 0, time.monotonic()
        self.did_work = False

    def skip(self, name: str) -> None:
        self._number += 1
        if self.did_work:
            say(f"[{self._number:2}/{self._total}] {name}: unchanged")

    def run(self, name: str, work: Callable[[], None]) -> None:
        self._number += 1
        self.did_work = True
        start = time.monotonic()
        print(f"[{self._number:2}/{self._total}] {name} …", file=sys.stderr, end="\n" if not sys.stderr.isatty() else "", flush=True)
        work()
        end = time.monotonic()
        text = f"[{self._number:2}/{self._total}] {name}: {end - start:.1f} s (total {end - self._begin:.0f} s)"
        say(("\r" if sys.stderr.isatty() else "") + text)


def stage(progress: Progress, folder: Path, name: str, key: str, work: Callable[[Path], None]) -> Path:
    """Outputs of `work` in <folder>/<name>/, made again only when `key` differs from the one they were made with.

    work(fresh): fills the empty folder `fresh`; only a finished one takes the place of the old.
    """
    final, fresh, mark = folder / name, folder / f".{name}.new", folder / f"{name}.key"
    if final.is_dir() and mark.exists() and mark.read_text() == key:
        progress.skip(name)
        return final

    def replace() -> None:
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        work(fresh)
        mark.unlink(missing_ok=True)
        shutil.rmtree(final, ignore_errors=True)
        fresh.rename(final)
        mark.write_text(key)

    progress.run(name, replace)
    return final
