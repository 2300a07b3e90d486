# SPDX-License-Identifier: Apache-2.0
"""The Debian 13 tools tree: made once per lock by mkosi, entered for every build step.

A step runs in namespaces of its own (mount, network, PID, IPC, host name) with the tree as its root and
the checkout at /asterism, so that neither the place of the checkout nor the host's programs, network,
time zone or environment can show in what it makes.
"""

import contextlib
import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import store
from lockfile import Lock
from settings import SOURCE, BuildError, cache_directory

INSIDE = "/asterism"
CACHE_INSIDE = "/cache"
MKOSI_INSIDE = "/mkosi"
# What a person may say to the tests; nothing else of the caller's environment gets in.
PASSED_ON = ("ASTERISM_ACCEL", "ASTERISM_NO_SKIP", "ASTERISM_FUZZ_SECONDS", "ASTERISM_TEST_EXTENT")


def mkosi_directory(lock: Lock) -> Path:
    """mkosi, unpacked from its locked package: a folder to put on PYTHONPATH."""
    entry = lock.find("deb", "mkosi")
    final = cache_directory() / "mkosi" / entry.sha256[:24]
    if not final.exists():
        final.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(dir=final.parent, prefix=".new-"))
        if store.digest_of(store.path_of(entry.sha256)) != entry.sha256:
            raise BuildError(f"store: {entry.filename} was altered: remove {store.path_of(entry.sha256)} and try again")
        subprocess.run(["dpkg-deb", "--extract", store.path_of(entry.sha256), work], check=True)
        work.chmod(0o755)
        work.rename(final)
    return final / "usr/lib/python3/dist-packages"


def key(lock: Lock) -> str:
    """Names the tree by all that it is made of."""
    hasher = hashlib.sha256()
    for entry in [*lock.of_set("tools"), lock.find("deb", "mkosi")]:
        hasher.update(f"{entry.name} {entry.sha256}\n".encode())
    for file in sorted((SOURCE / "mkosi/tools").rglob("*")):
        if file.is_file():
            hasher.update(file.read_bytes())
    return hasher.hexdigest()[:24]


def path(lock: Lock) -> Path:
    return cache_directory() / "tree" / key(lock)


def build(lock: Lock, log: Path) -> None:
    """Installs the tree with mkosi and the host's apt and dpkg from the local repository, without network."""
    final = path(lock)
    if final.exists():
        return
    final.parent.mkdir(parents=True, exist_ok=True)
    cache = cache_directory()
    mirror = store.repository(lock.of_set("tools"))
    work = Path(tempfile.mkdtemp(dir=final.parent, prefix=".new-"))
    # apt and mkosi take no spaces in some of their paths: they see cache and checkout at places without any.
    plain = Path(tempfile.mkdtemp(dir="/tmp", prefix="asterism-tree."))
    try:
        words = []
        for name, place in (("cache", cache), ("source", SOURCE)):
            (plain / name).mkdir()
            words += [str(place), str(plain / name)]
        seen = plain / "cache" / work.relative_to(cache)
        mounts = 'mount --bind "$1" "$2" && mount --bind "$3" "$4" && shift 4 && exec "$@"'
        command = [
            "unshare", "--net", "--mount", "--", "sh", "-c", mounts, "sh", *words,
            "/usr/bin/python3", "-m", "mkosi", "--directory", str(plain / "source/mkosi/tools"),
            "--local-mirror", f"file://{plain / 'cache' / mirror.relative_to(cache)}",
            "--output-directory", str(seen), "--workspace-directory", str(seen), "--cache-directory", str(seen),
            "--package-cache-dir", str(seen), "--incremental=no", "build",
        ]
        environment = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "PYTHONPATH": str(mkosi_directory(lock)), "HOME": "/root", "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
        }
        with log.open("wb") as file:
            done = subprocess.run(
                command, stdout=file, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                env=environment, umask=0o022, check=False,
            )
        if done.returncode != 0:
            raise BuildError(f"tools tree: mkosi failed with exit code {done.returncode}; its last lines are in {log}")
        (work / "tools").rename(final)
    finally:
        shutil.rmtree(work, ignore_errors=True)
        for folder in (plain / "cache", plain / "source", plain):
            folder.rmdir()  # never what could be mounted there


def command(lock: Lock, words: list[str], *, binds: dict[str, str] | None = None, cpus: str | None = None) -> list[str]:
    """The command line that runs `words` in the tree, from the checkout's folder.

    binds: folder on the host -> folder inside, writable, besides the checkout and the cache.
    """
    root = path(lock)
    scratch = cache_directory() / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    inside = ["--dir", "/proc", "--bind", "/dev", "/dev", "--ro-bind", "/sys", "/sys"]
    inside += ["--tmpfs", "/run", "--tmpfs", "/tmp"]
    for folder in ("usr", "etc", "var"):
        inside += ["--ro-bind", str(root / folder), f"/{folder}"]
    for folder in ("boot", "efi", "home", "media", "mnt", "opt", "root", "srv"):
        inside += ["--dir", f"/{folder}"]
    for folder in ("bin", "sbin", "lib", "lib64"):
        inside += ["--symlink", f"usr/{folder}", f"/{folder}"]
    inside += ["--bind", str(scratch), "/var/tmp", "--bind", str(SOURCE), INSIDE, "--bind", str(cache_directory()), CACHE_INSIDE]
    inside += ["--ro-bind", str(mkosi_directory(lock)), MKOSI_INSIDE]
    for outside, place in (binds or {}).items():
        inside += ["--bind", outside, place]
    pin = ["taskset", "--cpu-list", cpus] if cpus else []
    return [
        *pin, "unshare", "--net", "--ipc", "--uts", "--pid", "--fork", "--kill-child", "--",
        "/usr/bin/python3", str(mkosi_directory(lock) / "mkosi/sandbox.py"), *inside, "--chdir", INSIDE, "--",
        "/usr/bin/bash", f"{INSIDE}/scripts/inside", *words,
    ]


def environment(lock: Lock, extra: dict[str, str] | None = None) -> dict[str, str]:
    """The whole environment of a step: nothing of the caller's but the terminal's name and PASSED_ON."""
    return {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "PYTHONPATH": str(mkosi_directory(lock)), "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": "/tmp", "LC_ALL": "C.UTF-8", "TZ": "UTC", "TERM": os.environ.get("TERM", "dumb"),
        "CMAKE_CXX_COMPILER_LAUNCHER": "ccache", "CCACHE_DIR": f"{CACHE_INSIDE}/ccache", "CCACHE_MAXSIZE": "2G", **{name: os.environ[name] for name in PASSED_ON if name in os.environ}, **(extra or {}),
    }


def run(lock: Lock, words: list[str], log: Path | None, *, what: str, extra: dict[str, str] | None = None, **options) -> None:
    """Runs a step in the tree; its output goes to `log` (None: the terminal)."""
    with contextlib.ExitStack() as stack:
        out = stack.enter_context(log.open("ab")) if log else None
        done = subprocess.run(
            command(lock, words, **options), env=environment(lock, extra), stdout=out, stderr=subprocess.STDOUT if log else None,
            stdin=subprocess.DEVNULL if log else None, umask=0o022, check=False,
        )
    if done.returncode != 0:
        raise BuildError(f"{what}: {words[0]} failed with exit code {done.returncode}" + (f"; its last lines are in {log}" if log else ""))
