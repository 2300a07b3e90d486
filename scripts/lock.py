#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""make lock: resolves mkosi/packages.lock anew and shows every input that moves.

    lock.py update    writes the new lock; the tools tree and the store follow at the next build
    lock.py check     shows the difference and writes nothing; exit code 7 if anything would move
"""

import sys

import lockfile
import resolve
import settings
from settings import BuildError, say


def main(verb: str) -> int:
    if verb not in ("update", "check"):
        raise BuildError(f"lock.py: '{verb}': the verbs are update and check")
    old = lockfile.read(settings.LOCK_FILE) if settings.LOCK_FILE.exists() else lockfile.Lock("", [])
    new = resolve.resolve()
    moved = lockfile.difference(old, new)
    for line in moved:
        print(line)
    if not moved and {e.line() for e in old.entries} == {e.line() for e in new.entries}:
        say(f"packages.lock: nothing moves ({len(new.entries)} inputs)")
        return 0
    if verb == "check":
        say(f"packages.lock: {len(moved)} inputs would move")
        return 7
    temporary = settings.LOCK_FILE.with_suffix(".lock.new")
    temporary.write_text(new.text())
    temporary.replace(settings.LOCK_FILE)
    say(f"packages.lock: {len(moved)} inputs moved, {len(new.entries)} in all")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "update"))
    except BuildError as error:
        say(f"error: {error}")
        sys.exit(1)
