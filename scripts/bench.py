#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""make bench: figures of the build and of what it makes, printed and written to build/bench.json.

    bench.py [<regex over the names>]

Each figure is {name, value, unit, peer, peer_value, ratio, runs}; value and peer_value are medians of `runs` runs that
took turns within one call. A figure without a peer has null in its place.
"""

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import report
import reproduce
import tree
import unlocked
from settings import BUILD, SOURCE, BuildError, say

RESULTS = BUILD / "bench.json"
PREDICT_RUNS = 9
STATE_DISK_ROUNDS = 3
# A program of the image, so that the edit reaches the root file system, hash tree, command line, UKI and disk.
EDITED = "src/node-console/banner.cpp"


def figure(name: str, value: float, unit: str, runs: int, peer: str | None = None, peer_value: float | None = None) -> dict:
    ratio = round(value / peer_value, 3) if peer_value else None
    return {
        "name": name, "value": round(value, 3), "unit": unit, "peer": peer, "peer_value": round(peer_value, 3) if peer_value else None,
        "ratio": ratio, "runs": runs,
    }


def seconds(work: Callable[[], object]) -> float:
    start = time.monotonic()
    work()
    return time.monotonic() - start


def in_tree(*words: str) -> str:
    lock = unlocked.lock_in_use()
    done = subprocess.run(tree.command(lock, list(words)), env=tree.environment(lock), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = (done.stderr or done.stdout).strip().splitlines()
        raise BuildError(f"bench: {words[0]} failed: {last[-1] if last else done.returncode}")
    return done.stdout


def build(folder: Path, cache: Path, *words: str) -> None:
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "ASTERISM_CACHE": str(cache), "LOCK": "strict", "HOME": "/root", "TERM": "dumb"}
    log = BUILD / "logs/bench-build.log"
    with log.open("wb") as file:
        done = subprocess.run(
            ["/usr/bin/python3", "scripts/build.py", *words], cwd=folder, env=environment, stdout=file, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL, check=False,
        )
    if done.returncode != 0:
        raise BuildError(f"bench: build failed; see {log}")


def image() -> Path:
    found = sorted((BUILD / "image").glob("asterism_*.raw"))
    found = [path for path in found if not path.name.endswith((".root.raw", ".verity.raw"))]
    if not found:
        raise BuildError("build/image: no image: run make image first")
    return found[0]


def bench_predict() -> list[dict]:
    """Every PCR of a boot from the raw disk, both banks, against systemd-measure's PCR 11 from the UKI's parts."""
    raw = f"{tree.INSIDE}/build/image/{image().name}"
    words = [raw, raw.removesuffix(".raw") + ".efi", f"{tree.INSIDE}/build/image/secure-boot", str(PREDICT_RUNS)]
    found = json.loads(in_tree(f"{tree.INSIDE}/scripts/bench-predict", *words))
    middle = {name: statistics.median(times) for name, times in found["seconds"].items()}
    return [
        figure("predict", middle["predict"], "s", PREDICT_RUNS, "systemd-measure calculate", middle["systemd-measure"]),
        figure("manifest-measurements", middle["predict"], "s", PREDICT_RUNS, "sha256sum of the UKI", middle["sha256sum"]),
        figure("manifest-sha384", middle["predict"], "s", PREDICT_RUNS, "sha384sum of the UKI", middle["sha384sum"]),
        figure("manifest-memory", found["memory"] / 2**20, "MiB", PREDICT_RUNS, "goal", 32),
    ]


def bench_snp() -> list[dict]:
    """Launch digests of SEV-SNP for 1 to 64 processors, start of the program included; no peer does a range in one run."""
    times = json.loads(in_tree(f"{tree.INSIDE}/scripts/bench-snp", "/usr/share/ovmf/OVMF.fd", str(PREDICT_RUNS)))
    return [figure("snp-digests", statistics.median(times), "s", PREDICT_RUNS)]


def built(target: str) -> str:
    """A bench program, compiled for release; its path in the tree."""
    in_tree("cmake", "--preset", "release", "-DASTERISM_TESTS=ON")
    in_tree("cmake", "--build", "build/cpp-release", "--target", target)
    return f"{tree.INSIDE}/build/cpp-release/tests/{target}"


def bench_verification() -> list[dict]:
    """Verification of one piece of evidence, network excluded."""
    rows = json.loads(in_tree(built("bench.attestation")))
    return [figure(row["name"], row["value"], row["unit"], row["runs"]) for row in rows]


def bench_joins() -> list[dict]:
    """1,000 joins against one service, the nodes' work included: throughput, time of one, memory that they took."""
    rows = json.loads(in_tree("sh", "-c", f'cd "$(mktemp -d)" && exec {built("bench.join")}'))
    return [figure(row["name"], row["value"], row["unit"], row["runs"]) for row in rows]


def bench_state_disk() -> list[dict]:
    """Time to a mounted disk against plain LUKS2 with mke2fs on 4 GiB; throughput against plain LUKS2 and against the same cipher
    and tags made by cryptsetup, and of two AEAD ciphers, all in one guest."""
    script = f"{tree.INSIDE}/tests/bench/state-disk/measure.py"
    text = in_tree("/usr/bin/python3", "-B", script, built("bench.file-io"), str(STATE_DISK_ROUNDS))
    found = {name: statistics.median(values) for name, values in json.loads(text.splitlines()[-1]).items()}
    figures = [
        figure(f"state-disk-made-{size}", found[f"made.{size}"], "s", 1, "cryptsetup and mke2fs, 4 GiB, no integrity", found["plain.made"])
        for size in ("16-gib", "1-tib")
    ]
    ways = (("plain", "plain LUKS2"), ("reference", "cryptsetup, AES-XTS + HMAC-SHA-256"), ("aes-gcm", "AES-GCM"), ("aegis128", "AEGIS-128"))
    return figures + [
        figure(f"state-disk-{name}-to-{way}", found[f"ours.{name}"], "MiB/s", STATE_DISK_ROUNDS, peer, found[f"{way}.{name}"])
        for name in ("seq-write", "seq-read", "random-write", "random-read")
        for way, peer in ways
    ]


def bench_builds() -> list[dict]:
    """From zero (inputs fetched), again without a change, and after an edit; in a checkout and cache of its own."""
    work = Path(tempfile.mkdtemp(prefix="asterism-bench.", dir="/var/tmp"))
    try:
        place, cache = work / "checkout", work / "cache"
        reproduce.second_checkout(place)
        reproduce.second_cache(cache)
        cold = seconds(lambda: build(place, cache))
        idle = statistics.median(seconds(lambda: build(place, cache)) for _ in range(3))
        warm = []
        for number in range(3):
            source = place / EDITED
            source.write_text(source.read_text() + f'\nextern const char asterism_bench_{number}[];\n[[gnu::used]] const char asterism_bench_{number}[] = "{number}";\n')
            warm.append(seconds(lambda: build(place, cache, "--until=disk")))
        return [
            figure("build-cold", cold, "s", 1),
            figure("build-noop", idle, "s", 3, "build-cold", cold),
            figure("build-warm", statistics.median(warm), "s", 3, "build-cold", cold),
        ]
    finally:
        shutil.rmtree(work, ignore_errors=True)


def bench_sizes() -> list[dict]:
    raw = image()
    name = raw.name.removesuffix(".raw")
    return [
        figure("root-size", report.root_bytes(raw.with_name(f"{name}.root.raw")) / 1e6, "MB", 1, "budget", report.ROOT_BUDGET_BYTES / 1e6),
        figure("uki-size", raw.with_name(f"{name}.efi").stat().st_size / 1e6, "MB", 1, "budget", report.UKI_BUDGET_BYTES / 1e6),
    ]


def bench_boot() -> list[dict]:
    """Power-on to multi-user in the test VM, Secure Boot on, against the time to the first line of the kernel in the same boot."""
    text = in_tree("/usr/bin/python3", "-B", f"{tree.INSIDE}/tests/vm/run-case", "secure-boot-on")
    ready = re.search(r"ready (\d+) s after power-on", text)
    if not ready:
        raise BuildError("bench: the boot test printed no time")
    return [figure("boot-multi-user", float(ready[1]), "s", 1)]


def bench_join() -> list[dict]:
    """The initramfs of a node that proves itself, joins and opens its disk, against the same one without that."""
    text = in_tree("/usr/bin/python3", "-B", f"{tree.INSIDE}/tests/vm/run-case", "join-cost")
    rows = re.findall(r"initramfs, (\w+): joined ([\d.]+) s, alone ([\d.]+) s", text)
    found = {speed: (float(joined), float(alone)) for speed, joined, alone in rows}
    if found.keys() != {"emulated", "counted"}:
        raise BuildError("bench: the boot test printed no times")
    return [
        figure(name, found[speed][0], "s", 1, "initramfs without join and disk", found[speed][1])
        for name, speed in (("boot-joined", "emulated"), ("boot-joined-counted", "counted"))
    ]


BENCHES: dict[str, Callable[[], list[dict]]] = {
    "predict manifest-measurements manifest-sha384 manifest-memory": bench_predict,
    "snp-digests": bench_snp,
    "verify-snp-report verify-tpm-quote": bench_verification,
    "joins joins-p50 joins-p99 joins-memory": bench_joins,
    "state-disk": bench_state_disk,
    "root-size uki-size": bench_sizes,
    "boot-multi-user": bench_boot,
    "boot-joined boot-joined-counted": bench_join,
    "build-cold build-noop build-warm": bench_builds,
}


def main(pattern: str) -> int:
    wanted = [work for names, work in BENCHES.items() if any(re.search(pattern, name) for name in names.split())]
    if not wanted:
        raise BuildError(f"bench: no figure matches '{pattern}'; there are {' '.join(BENCHES)}")
    kept = {entry["name"]: entry for entry in json.loads(RESULTS.read_text())} if RESULTS.exists() else {}
    for work in wanted:
        for entry in work():
            kept[entry["name"]] = entry
            peer = f", {entry['ratio']} of {entry['peer']} ({entry['peer_value']} {entry['unit']})" if entry["peer"] else ""
            print(f"{entry['name']:16} {entry['value']:10.3f} {entry['unit']:3} (median of {entry['runs']}){peer}", flush=True)
        RESULTS.write_text(json.dumps([kept[name] for name in sorted(kept)], indent=2) + "\n")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "."))
    except BuildError as error:
        say(f"error: {error}")
        sys.exit(1)
