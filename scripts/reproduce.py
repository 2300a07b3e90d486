#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""make reproduce: builds the image a second time under other circumstances and compares every byte.

Other are: folder, caches (only the hashed inputs and the signing keys are taken over), umask, time zone, locale,
host name, user environment, number of CPUs, and the time. Exit code 0: identical; 6: not, and where.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import build
import settings
import tree
import unlocked
from settings import BUILD, SOURCE, BuildError, say


def second_checkout(place: Path) -> None:
    """A clone of this commit with the working tree's changes."""
    git = ["git", "-c", f"safe.directory={SOURCE}", "-c", f"safe.directory={SOURCE}/.git", "-C", str(SOURCE)]
    subprocess.run([*git[:5], "clone", "--quiet", "--no-hardlinks", str(SOURCE), str(place)], check=True)
    for words in (["diff", "--name-only", "-z", "HEAD"], ["ls-files", "--others", "--exclude-standard", "-z"]):
        for name in subprocess.run([*git, *words], capture_output=True, text=True, check=True).stdout.split("\0")[:-1]:
            (place / name).unlink(missing_ok=True)
            if os.path.lexists(SOURCE / name):
                (place / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(SOURCE / name, place / name, follow_symlinks=False)


def second_cache(place: Path) -> None:
    """Inputs by hash (hard links) and the signing keys; nothing that was built."""
    mine = settings.cache_directory()
    place.mkdir(parents=True)
    subprocess.run(["cp", "--recursive", "--link", str(mine / "store"), str(place / "store")], check=True)
    subprocess.run(["cp", "--recursive", str(mine / "keys"), str(place / "keys")], check=True)


def main() -> int:
    first = (BUILD / "image").resolve()
    if not first.is_dir():
        raise BuildError("build/image: not there: run make image first")
    work = Path(tempfile.mkdtemp(prefix="asterism reproduce.", dir=os.environ.get("TMPDIR", "/var/tmp")))
    place = work / "another place"
    try:
        second_checkout(place)
        second_cache(work / "cache")
        environment = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "ASTERISM_CACHE": str(work / "cache"), "LOCK": "strict", "TZ": "Asia/Kolkata",
            "LC_ALL": "C", "LANG": "tr_TR.UTF-8", "USER": "somebody", "HOME": str(work), "CFLAGS": "-O0", "CXXFLAGS": "-O0", "TERM": "dumb",
        }
        passed = ("KUBERNETES", "KUBERNETES_MIRROR", *build.KEY_VARIABLES, *build.TOKEN_VARIABLES)
        environment |= {name: os.environ[name] for name in passed if name in os.environ}
        for name in build.KEY_VARIABLES:
            if name in environment and not environment[name].startswith("pkcs11:"):
                environment[name] = os.path.abspath(environment[name])
        say("reproduce: building again, cold, on one CPU: about as long as the first build, twice if that had two")
        start = time.monotonic()
        done = subprocess.run(
            ["unshare", "--uts", "--", "sh", "-c", 'hostname elsewhere && exec "$@"', "sh", "taskset", "--cpu-list", "0",
             "/usr/bin/python3", "scripts/build.py"],
            cwd=place, env=environment, umask=0o077, stdin=subprocess.DEVNULL, check=False,
        )
        if done.returncode != 0:
            say(f"error: reproduce: the second build failed; its logs are in {place}/build/logs")
            return 1
        second = (place / "build/image").resolve()
        say(f"reproduce: second build took {time.monotonic() - start:.0f} s; comparing")
        lock = unlocked.lock_in_use()
        words = tree.command(lock, ["build/bin/image-tool", "diff", f"{tree.INSIDE}/{first.relative_to(SOURCE)}", "/second"], binds={str(second): "/second"})
        code = subprocess.run(words, env=tree.environment(lock), check=False).returncode
        if code == 0:
            print(f"reproduce: {sum(1 for p in first.rglob('*') if p.is_file())} artefacts are identical")
            shutil.rmtree(work)
        else:
            say(f"error: reproduce: the builds differ, as listed above; the second one is kept in {second}")
        return code
    except subprocess.CalledProcessError as error:
        raise BuildError(f"reproduce: {error.cmd[0]} failed with exit code {error.returncode}") from None


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BuildError as error:
        say(f"error: {error}")
        sys.exit(1)
