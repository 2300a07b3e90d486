# SPDX-License-Identifier: Apache-2.0
"""kubelet: built from the archive's Kubernetes source, or an upstream release binary (KUBERNETES=<version>).

mkosi/kubernetes.lock pins the upstream binaries: one line a version, '<version> <sha256>'. What does not hash to
its line is refused. Upstream's release server is named there too; KUBERNETES_MIRROR= takes its place.
"""

import hashlib
import os
import re
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import settings
import store
import tree
from lockfile import Lock
from settings import SOURCE, BuildError
from stages import Progress, key_of, tree_digest

LOCK = SOURCE / "mkosi/kubernetes.lock"
MAXIMUM_BYTES = 400_000_000
SANDBOX_IMAGE = "localhost/asterism/pause:1"  # scripts/sandbox-image


def upstream_pins() -> tuple[str, dict[str, str]]:
    """(release server, version -> SHA-256 of its kubelet for amd64)."""
    server, pins = "", {}
    for number, line in enumerate(LOCK.read_text().splitlines(), 1):
        text = line.split("#", 1)[0].strip()
        if not text:
            continue
        name, value = text.split()
        if name == "server":
            server = value
        elif re.fullmatch(r"\d+\.\d+\.\d+", name) and re.fullmatch(r"[0-9a-f]{64}", value):
            pins[name] = value
        else:
            raise BuildError(f"{LOCK}:{number}: expected '<version> <sha256>'")
    return server, pins


def chosen() -> str | None:
    """The upstream version asked for, without a leading v; None for the archive's."""
    return (os.environ.get("KUBERNETES") or "").removeprefix("v") or None


def version(lock: Lock) -> str:
    # The archive's version reads '1.20.5+really1.20.2-1.1+deb12u1': what it really is stands behind '+really'.
    archive = lock.find("source", "kubernetes").version
    return chosen() or archive.split("+really")[-1].split("-")[0]


def version_options(lock: Lock) -> str:
    """Content of kubelet.env. Up to 1.26 kubelet has to be told to use a container runtime's socket; up to 1.26 it has to
    be told too which image it may not tidy away, which the runtime says later on. Later ones refuse or ignore these options."""
    minor = tuple(int(part) for part in version(lock).split(".")[:2])
    options = ["--container-runtime=remote", f"--pod-infra-container-image={SANDBOX_IMAGE}"] if minor < (1, 27) else []
    return f'KUBELET_VERSION_OPTIONS={" ".join(options)}\n'


def _upstream(wanted: str, place: Path) -> None:
    server, pins = upstream_pins()
    if wanted not in pins:
        raise BuildError(f"KUBERNETES={wanted}: not pinned in {LOCK.name} (it has {', '.join(sorted(pins))}): add its SHA-256 there first")
    base = (os.environ.get("KUBERNETES_MIRROR") or server).rstrip("/")
    address = f"{base}/v{wanted}/bin/linux/amd64/kubelet"
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:
            data = answer.read(MAXIMUM_BYTES + 1)
    except (urllib.error.URLError, OSError) as error:
        raise BuildError(f"kubelet {wanted}: {address}: {error}: give KUBERNETES_MIRROR=<address> of a server that has it") from None
    actual = hashlib.sha256(data).hexdigest()
    if actual != pins[wanted]:
        raise BuildError(f"kubelet {wanted}: SHA-256 is {actual[:16]}…, {LOCK.name} says {pins[wanted][:16]}…: refused")
    place.write_bytes(data)
    place.chmod(0o755)


def _from_source(lock: Lock, folder: Path, inside: Callable[[Path], str], programs: list[str]) -> None:
    files = {("debian" if "debian.tar" in e.filename else "orig"): e for e in lock.sources() if e.name == "kubernetes"}
    log = settings.BUILD / f"logs/{programs[0]}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)
    sources = [inside(store.path_of(files[part].sha256)) for part in ("orig", "debian")]
    for entry in files.values():
        if store.digest_of(store.path_of(entry.sha256)) != entry.sha256:
            raise BuildError(f"store: {entry.filename} was altered: remove {store.path_of(entry.sha256)} and try again")
    tree.run(lock, ["scripts/build-kubernetes", *sources, version(lock), inside(folder), *programs], log, what=programs[0])


def _source_key(lock: Lock) -> list[str]:
    """What the result depends on: sources, compiler, the vendored package that is replaced, the script."""
    hashes = [e.sha256 for e in [*lock.sources(), *lock.of_set("tools")] if e.kind == "source" or e.name.startswith("golang-")]
    return [*sorted(hashes), tree_digest([SOURCE / "scripts/build-kubernetes"])]


def control_plane(lock: Lock, inside: Callable[[Path], str]) -> Path:
    """A folder with kube-apiserver and kube-controller-manager for tests, kept in the cache like kubelet."""
    programs = ["kube-apiserver", "kube-controller-manager"]
    final = settings.cache_directory() / "control-plane" / key_of("source", *programs, *_source_key(lock))[:24] / "usr/bin"
    if not final.exists():
        fresh = final.parents[1].with_name(f".{final.parents[1].name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        (fresh / "usr/bin").mkdir(parents=True)
        _from_source(lock, fresh / "usr/bin", inside, programs)
        fresh.rename(final.parents[1])
    return final


def kubelet(lock: Lock, progress: Progress, inside: Callable[[Path], str]) -> Path:
    """A folder with usr/bin/kubelet, kept in the cache by the hashes of all that it is made of."""
    if wanted := chosen():
        key = key_of("upstream", wanted, upstream_pins()[1].get(wanted, ""))[:24]
    else:
        key = key_of("source", *_source_key(lock))[:24]
    final = settings.cache_directory() / "kubelet" / key
    if final.exists():
        progress.skip("kubelet")
        return final
    fresh = final.with_name(f".{key}.new")

    def work() -> None:
        shutil.rmtree(fresh, ignore_errors=True)
        place = fresh / "usr/bin/kubelet"
        place.parent.mkdir(parents=True)
        if wanted:
            _upstream(wanted, place)
        else:
            _from_source(lock, place.parent, inside, ["kubelet"])
        fresh.rename(final)

    progress.run(f"kubelet {version(lock)} " + ("(upstream)" if wanted else "(from the archive's source, minutes the first time)"), work)
    return final
