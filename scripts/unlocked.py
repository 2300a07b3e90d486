# SPDX-License-Identifier: Apache-2.0
"""From mkosi/packages.lock to inputs in the store, and what happens when the archive no longer holds some of them."""

import lockfile
import resolve
import settings
import store
from lockfile import Entry, Lock
from settings import BUILD, BuildError, say

SUBSTITUTE = BUILD / "packages.lock.substitute"


def lock_in_use() -> Lock:
    """The lock that the last build in this checkout used, without fetching anything."""
    lock = lockfile.read(settings.LOCK_FILE)
    if all(store.path_of(e.sha256).exists() for e in lock.entries) or not SUBSTITUTE.exists():
        return lock
    return lockfile.read(SUBSTITUTE)


def _list(missing: list[Entry]) -> str:
    names = [f"{e.name} {e.version}" for e in missing]
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def usable_lock() -> tuple[Lock, bool]:
    """The lock to build with, every input of it in the store; and whether it is the committed one.

    LOCK=strict: an input that neither archive nor snapshot service has ends the build.
    LOCK=auto: all is resolved anew, the moves are shown, and version and manifest say that this is not the locked build.
    """
    lock = lockfile.read(settings.LOCK_FILE)
    missing = store.fill(lock)
    if not missing:
        return lock, True
    where = "the archive" + (" and its snapshot service" if settings.snapshot_service() else " (no snapshot service known: SNAPSHOT=<address>)")
    if settings.lock_mode() == "strict":
        for entry in missing:
            say(f"missing: {entry.name} {entry.version} {entry.sha256}")
        raise BuildError(f"packages.lock: {len(missing)} inputs are gone from {where}: {_list(missing)}; run make lock, or build with LOCK=auto")

    say(f"WARNING: {len(missing)} locked inputs are gone from {where}: {_list(missing)}")
    if SUBSTITUTE.exists():
        substitute = lockfile.read(SUBSTITUTE)
        if not store.fill(substitute):
            return _announce(lock, substitute)
    substitute = resolve.resolve()
    if still := store.fill(substitute):
        raise BuildError(f"the archive's own indexes name inputs that it does not hold: {_list(still)}: try again later or with another MIRROR=")
    SUBSTITUTE.write_text(substitute.text())
    return _announce(lock, substitute)


def _announce(lock: Lock, substitute: Lock) -> tuple[Lock, bool]:
    moved = lockfile.difference(lock, substitute)
    say(f"WARNING: this is NOT the locked build: {len(moved)} inputs differ; version and manifest say so. The moves:")
    for line in moved:
        say(f"  {line}")
    return substitute, False
