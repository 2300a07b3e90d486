# SPDX-License-Identifier: Apache-2.0
"""Containers against qemu-img, GNU tar, gzip and Python's tarfile; the same bytes under other circumstances; no false proof."""

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

TOOL = Path(os.environ["ASTERISM_BIN_DIR"]) / "image-tool"
MIB, GIB = 1 << 20, 1 << 30
# Neither whole MiB nor whole sparse blocks; 40 KiB of slack behind the last data, as a disk has for its backup table.
SIZE = 37 * MIB + 20480
FORMATS = {"qcow2": "qcow2", "vmdk": "vmdk", "vhd": "vpc"}
failures = []


def check(good: bool, what: str) -> None:
    print(("ok:     " if good else "FAILED: ") + what)
    if not good:
        failures.append(what)


def run(*words: object, code: int = 0, **options) -> str:
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True, check=False, **options)
    check(done.returncode == code, f"{' '.join(Path(str(w)).name for w in words[:4])}: exit code {done.returncode}, expected {code} {done.stderr.strip()}")
    return done.stdout


def make_disk(path: Path, *, dense: bool) -> None:
    """Data at the start, across block borders, and in the last sector; the same bytes with or without holes on disk."""
    data = random.Random(7)
    with path.open("wb") as file:
        if dense:
            file.write(bytes(SIZE))
        file.truncate(SIZE)
        for offset, size in ((0, 4096), (65535, 2), (3 * MIB, 5 * MIB), (20 * MIB + 512, 70000), (SIZE - 512, 512)):
            file.seek(offset)
            file.write(data.randbytes(size))


def digests(folder: Path) -> dict[str, str]:
    return {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in sorted(folder.iterdir())}


def reproducible(raw: Path) -> Path:
    made = []
    for number, (cpus, dense, zone, umask) in enumerate([("0", False, "UTC", 0o022), ("0-1", True, "Asia/Tokyo", 0o077)]):
        folder = Path(f"out-{number}")
        folder.mkdir()
        source = folder.parent / f"disk-{number}.raw"
        make_disk(source, dense=dense)
        environment = {"PATH": os.environ["PATH"], "TZ": zone, "LC_ALL": "C.UTF-8" if number else "C"}
        cpus = cpus if (os.cpu_count() or 1) > 1 else "0"
        words = ["taskset", "--cpu-list", cpus, TOOL, "containers", f"--raw={source}", f"--output-directory={folder}", "--name=disk_1"]
        listed = json.loads(run(*words, env=environment, umask=umask))["containers"]
        check([c["size_bytes"] for c in listed] == [Path(c["path"]).stat().st_size for c in listed], "the listed sizes are the files'")
        check(all(f.stat().st_mode & 0o777 == 0o644 for f in folder.iterdir()), "every file has mode 644")
        made.append(digests(folder))
    check(made[0] == made[1], f"the same bytes with other CPUs, holes, time zone and umask: {made[0]}")
    check(set(made[0]) == {"disk_1.qcow2", "disk_1.vhd", "disk_1.gcp.tar.gz", "disk_1.vmdk"}, "four files, nothing left over")
    shutil.copyfile("disk-0.raw", raw)
    return Path("out-0")


def formats(raw: Path, folder: Path) -> None:
    for suffix, name in FORMATS.items():
        file = folder / f"disk_1.{suffix}"
        info = json.loads(run("qemu-img", "info", "--output=json", "-f", name, file))
        wanted = (SIZE + MIB - 1) // MIB * MIB if suffix == "vhd" else SIZE
        check(info["virtual-size"] == wanted, f"{suffix}: virtual size {info['virtual-size']}")
        run("qemu-img", "compare", "-f", "raw", "-F", name, raw, file)
        if suffix != "vhd":
            run("qemu-img", "check", "-f", name, file)
        if suffix == "vmdk":
            check(info["format-specific"]["data"]["create-type"] == "streamOptimized", "vmdk: stream-optimised")
    vhd = folder / "disk_1.vhd"
    check(vhd.stat().st_size % MIB == 512, "vhd: whole MiB and a footer")


def gcp(raw: Path, archive: Path) -> None:
    run("gzip", "--test", archive)
    check(run("tar", "--list", "--file", archive) == "disk.raw\n", "gcp: disk.raw alone")
    Path("unpacked").mkdir()
    run("tar", "--extract", "--sparse", "--file", archive, "--directory", "unpacked")
    disk = Path("unpacked/disk.raw")
    check(disk.stat().st_size == GIB, "gcp: whole GiB")
    with disk.open("rb") as file:
        check(file.read(SIZE) == raw.read_bytes(), "gcp: GNU tar unpacks the disk")
        check(not any(file.read(MIB)), "gcp: zeros behind it")
    with tarfile.open(archive) as tar:
        member = tar.getmembers()[0]
        check((member.size, member.mtime, member.uid, member.gid, member.mode) == (GIB, 0, 0, 0, 0o644), "gcp: fixed owner, mode and time")
        content = tar.extractfile(member)
        check(content is not None and content.read(SIZE) == raw.read_bytes(), "gcp: Python unpacks the disk")
    disk.unlink()


def refusals(raw: Path, folder: Path) -> None:
    altered = Path("altered.raw")
    content = bytearray(raw.read_bytes())
    content[SIZE - 1] ^= 1
    altered.write_bytes(content)
    for file in sorted(folder.iterdir()):
        run(TOOL, "check-container", file, f"--raw={raw}")
        run(TOOL, "check-container", file, f"--raw={altered}", code=6)
        cut = Path("cut-" + file.name)
        cut.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
        done = subprocess.run([TOOL, "check-container", cut, f"--raw={raw}"], capture_output=True, text=True, check=False)
        check(done.returncode in (5, 6) and done.stderr.count("\n") == 1, f"{cut}: refused: {done.stderr.strip()}")
    odd = Path("nbd:x,-y.qcow2")
    odd.write_bytes((folder / "disk_1.qcow2").read_bytes())
    run(TOOL, "check-container", odd, f"--raw={raw}")
    run(TOOL, "check-container", raw, f"--raw={raw}", code=2)
    run(TOOL, "check-container", folder / "absent.vhd", f"--raw={raw}", code=3)
    run(TOOL, "containers", f"--raw={raw}", "--output-directory=absent", "--name=x", code=3)


for stale in Path().iterdir():
    shutil.rmtree(stale) if stale.is_dir() else stale.unlink()
disk = Path("disk.raw")
results = reproducible(disk)
formats(disk, results)
gcp(disk, results / "disk_1.gcp.tar.gz")
refusals(disk, results)
sys.exit(1 if failures else 0)
