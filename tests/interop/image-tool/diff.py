# SPDX-License-Identifier: Apache-2.0
"""image-tool diff names the first difference at each level of a small disk that mkfs.erofs, cpio, ukify and mtools made."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

TOOL = Path(os.environ["ASTERISM_BIN_DIR"]) / "image-tool"
STUBS = Path("/usr/lib/systemd/boot/efi")
MIB = 1 << 20
failures = []


def check(good: bool, what: str) -> None:
    print(("ok:     " if good else "FAILED: ") + what)
    if not good:
        failures.append(what)


def run(*words: object, **options) -> None:
    subprocess.run([str(w) for w in words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **options)


class Parts:
    """Everything that a set of results is made of; a case changes one of them before build()."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root, self.initrd, self.esp = folder / "root", folder / "initrd", folder / "esp"
        for tree in (self.root, self.initrd):
            for name, text in (("usr/bin/tool", "program\n"), ("etc/config", "key=1\n"), ("etc/other", "x\n")):
                file = tree / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
            (tree / "bin").symlink_to("usr/bin")
        self.cmdline = "quiet roothash=00"
        self.compression = ["zstd", "-3"]
        self.order: Callable[[list[str]], list[str]] = sorted
        self.partition_id = "11111111-2222-4333-8444-555555555555"
        self.manifest = {"version": "1", "files": [{"name": "a", "size": 1}, {"name": "b", "size": 2}]}
        self.extra_in_esp = ""
        self.times: dict[str, int] = {}

    def build(self) -> Path:
        out = self.folder / "out"
        out.mkdir()
        for tree in (self.root, self.initrd):
            for file in [tree, *tree.rglob("*")]:
                when = self.times.get(str(file.relative_to(self.folder)), 0)
                os.utime(file, (when, when), follow_symlinks=False)
        erofs = self.folder / "root.erofs"
        run("mkfs.erofs", "--quiet", "-zlz4", "-U", "c0d3b7a1-52f4-4d0e-9a7c-1b1f3a6e8d20", "--mkfs-time", "-T0", erofs, self.root)
        cpio = self.folder / "initrd.cpio"
        names = self.order([str(p.relative_to(self.initrd)) for p in self.initrd.rglob("*")])
        with cpio.open("wb") as file:
            subprocess.run(
                ["cpio", "--quiet", "-o", "-H", "newc", "--reproducible"], cwd=self.initrd, input="\n".join(names), text=True, stdout=file, check=True
            )
        packed = self.folder / "initrd.packed"
        with packed.open("wb") as file:
            subprocess.run([*self.compression, "-c", cpio], stdout=file, check=True, stderr=subprocess.DEVNULL)
        uki = out / "x.efi"
        run(
            "ukify", "build", f"--linux={STUBS}/systemd-bootx64.efi", f"--initrd={packed}", f"--cmdline={self.cmdline}", "--uname=1",
            f"--stub={STUBS}/linuxx64.efi.stub", f"--output={uki}", "--os-release=ID=x", env={**os.environ, "SOURCE_DATE_EPOCH": "0"},
        )  # fmt: skip
        self.disk(out / "x.raw", erofs, uki)
        (out / "manifest.json").write_text(json.dumps(self.manifest, indent=2))
        (out / "x.roothash").write_text(f"{self.cmdline}\n")
        (out / "sub").mkdir()
        (out / "sub/link").symlink_to("../x.raw")
        return out

    def disk(self, raw: Path, erofs: Path, uki: Path) -> None:
        esp = self.folder / "esp.fat"
        with esp.open("wb") as file:
            file.truncate(40 * MIB)
        run("mkfs.vfat", "-F32", "-i", "12345678", "--invariant", esp)
        environment = {**os.environ, "SOURCE_DATE_EPOCH": "0", "MTOOLS_SKIP_CHECK": "1"}
        run("mmd", "-i", esp, "::/EFI", "::/EFI/Linux", env=environment)
        run("mcopy", "-i", esp, uki, "::/EFI/Linux/x.efi", env=environment)
        if self.extra_in_esp:
            run("mcopy", "-i", esp, "/etc/os-release", f"::/EFI/{self.extra_in_esp}", env=environment)
        with raw.open("wb") as file:
            file.truncate(64 * MIB)
        table = (
            "label: gpt\nlabel-id: aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee\n"
            f"start=1MiB size=40MiB type=uefi name=esp uuid={self.partition_id}\n"
            "start=48MiB size=8MiB type=linux name=root-a uuid=99999999-8888-4777-8666-555555555555\n"
        )
        subprocess.run(["sfdisk", "--quiet", raw], input=table, text=True, check=True, stdout=subprocess.DEVNULL)
        with raw.open("r+b") as file:
            file.seek(MIB)
            file.write(esp.read_bytes())
            file.seek(48 * MIB)
            file.write(erofs.read_bytes())


def diff(a: Path, b: Path) -> subprocess.CompletedProcess:
    scratch = Path("scratch")
    scratch.mkdir(exist_ok=True)
    done = subprocess.run([TOOL, "diff", a, b, f"--scratch={scratch}"], capture_output=True, text=True, check=False)
    check(not any(scratch.iterdir()), "nothing is left in the scratch folder")
    return done


def parts_of(label: str) -> Parts:
    return Parts(Path("cases") / label.replace(" ", "-"))


def inside(reference: Path) -> None:
    """One change at the source, and the line that must name it."""
    uki = "x.raw: partition 1 'esp': EFI/Linux/x.efi: section"
    initrd = f"{uki} .initrd: decompressed:"
    root = "x.raw: partition 2 'root-a':"
    cases: list[tuple[str, Callable[[Parts], object], list[str]]] = [
        ("root content", lambda p: (p.root / "etc/config").write_text("key=2\n"), [f"{root} etc/config: byte 0x4 differs (0x31, 0x32)"]),
        ("root size", lambda p: (p.root / "etc/config").write_text("key=22\n"), [f"{root} etc/config: size 6 / 7"]),
        ("root mode", lambda p: (p.root / "usr/bin/tool").chmod(0o755), [f"{root} usr/bin/tool: mode 100644 / 100755"]),
        ("root owner", lambda p: os.chown(p.root / "etc/config", 7, 0), [f"{root} etc/config: owner 0 / 7"]),
        ("root group", lambda p: os.chown(p.root / "etc/config", 0, 8), [f"{root} etc/config: group 0 / 8"]),
        ("root link", lambda p: ((p.root / "bin").unlink(), (p.root / "bin").symlink_to("sbin")), [f"{root} bin: link to 'usr/bin' / 'sbin'"]),
        ("root file more", lambda p: (p.root / "etc/a").touch(), [f"{root} etc/a: only in the second"]),
        (
            "root several", lambda p: [(p.root / n).write_text("y\n") for n in ("etc/other", "usr/bin/tool")],
            [f"{root} etc/other: byte 0x0 differs", f"{root} 2 of "],
        ),
        ("initrd content", lambda p: (p.initrd / "etc/config").write_text("key=2\n"), [f"{initrd} etc/config: byte 0x4 differs"]),
        ("initrd mode", lambda p: (p.initrd / "etc/config").chmod(0o600), [f"{initrd} etc/config: mode 100644 / 100600"]),
        ("initrd time", lambda p: p.times.update({"initrd/etc/config": 5}), [f"{initrd} etc/config: time 0 / 5"]),
        ("initrd order", lambda p: setattr(p, "order", lambda n: sorted(n, reverse=True)), [f"{initrd} all files are equal: their order differs"]),
        ("initrd level", lambda p: setattr(p, "compression", ["zstd", "-19"]), [f"{uki} .initrd: what is compressed is equal"]),
        ("initrd method", lambda p: setattr(p, "compression", ["gzip", "-n"]), [f"{uki} .initrd: what is compressed is equal"]),
        ("command line", lambda p: setattr(p, "cmdline", "quiet roothash=01"), [f"{uki} .cmdline: line 1: 'quiet roothash=00' / 'quiet roothash=01'", "x.roothash: line 1:"]),
        ("partition id", lambda p: setattr(p, "partition_id", "11111111-2222-4333-8444-666666666666"), ["x.raw: partition 1 'esp': 'esp' type"]),
        ("file in the esp", lambda p: setattr(p, "extra_in_esp", "more"), ["x.raw: partition 1 'esp': the lists of files differ first at"]),
        ("manifest", lambda p: p.manifest["files"][1].update(size=3), ["manifest.json: $.files[1].size: '2' / '3'"]),
        ("manifest key", lambda p: p.manifest.update(more=1), ["manifest.json: $.more is only in the second"]),
        ("manifest items", lambda p: p.manifest["files"].pop(), ["manifest.json: $.files has 2 / 1 items"]),
    ]  # fmt: skip
    for label, change, expected in cases:
        parts = parts_of(label)
        change(parts)
        done = diff(reference, parts.build())
        check(done.returncode == 6 and done.stderr.count("\n") == 1, f"{label}: exit code {done.returncode}, one line of error")
        for text in expected:
            check(any(line.startswith(text) for line in done.stdout.splitlines()), f"{label}: '{text}' in\n{done.stdout}")
        shutil.rmtree(parts.folder)


def outside(reference: Path) -> None:
    """Differences of the folders themselves, containers, and files that break half-way."""

    def altered(label: str, change: Callable[[Path], object], *expected: str) -> None:
        other = Path("altered")
        shutil.rmtree(other, ignore_errors=True)
        shutil.copytree(reference, other, symlinks=True)
        change(other)
        done = diff(reference, other)
        check(done.returncode == 6, f"{label}: exit code {done.returncode} {done.stderr.strip()}")
        for text in expected:
            check(text in done.stdout, f"{label}: '{text}' in\n{done.stdout}")

    def flip(path: Path, offset: int) -> None:
        with path.open("r+b") as file:
            file.seek(offset)
            old = file.read(1)
            file.seek(offset)
            file.write(bytes([old[0] ^ 0xFF]))

    altered("file less", lambda o: (o / "manifest.json").unlink(), "manifest.json: only in the first folder\n")
    altered("file more", lambda o: (o / "sub/new").touch(), "sub/new: only in the second folder\n")
    altered("link", lambda o: ((o / "sub/link").unlink(), (o / "sub/link").symlink_to("y")), "sub/link: a link to '../x.raw' / 'y'\n")
    altered("kind", lambda o: ((o / "sub/link").unlink(), (o / "sub/link").touch()), "sub/link: a different kind of file\n")
    altered("cut disk", lambda o: os.truncate(o / "x.raw", 10 * MIB), "x.raw: byte 0xa00000 differs", "x.raw: cannot look inside: ")
    altered("slack", lambda o: flip(o / "x.raw", 60 * MIB), "x.raw: all partitions are equal: the difference lies outside of them\n")
    altered("table", lambda o: flip(o / "x.raw", 1024), "x.raw: cannot look inside: ")
    altered("signature", lambda o: flip(o / "x.efi", 0), "x.efi: the two are of different kinds\n")
    altered("cut program", lambda o: os.truncate(o / "x.efi", 5000), "x.efi: cannot look inside: ")
    altered("broken erofs", lambda o: flip(o / "x.raw", 48 * MIB + 1024 + 16), "x.raw: partition 2 'root-a': cannot look inside: fsck.erofs: ")
    for suffix in ("qcow2", "vhd", "gcp.tar.gz", "vmdk"):
        if suffix == "qcow2":
            run(TOOL, "containers", f"--raw={reference}/x.raw", f"--output-directory={reference}", "--name=x")
        offset = {"vhd": -512 + 30, "vmdk": 600}.get(suffix, 20 if suffix == "qcow2" else 9)
        file = reference / f"x.{suffix}"
        position = offset if offset >= 0 else file.stat().st_size + offset
        altered(f"{suffix}", lambda o, s=suffix, p=position: flip(o / f"x.{s}", p), f"x.{suffix}: byte {position:#x} differs")
    altered("gzip header", lambda o: flip(o / "x.gcp.tar.gz", 9), "x.gcp.tar.gz: the disks in them are equal: the container itself differs\n")
    altered("vhd footer", lambda o: flip(o / "x.vhd", (o / "x.vhd").stat().st_size - 400), "x.vhd: the disks in them are equal")
    altered("vhd disk", lambda o: flip(o / "x.vhd", 5), "x.vhd: the disks in them differ: byte 0x5 differs")
    check(diff(reference, Path("absent")).returncode == 2, "no folder: usage")


for stale in Path().iterdir():
    shutil.rmtree(stale) if stale.is_dir() and not stale.is_symlink() else stale.unlink()
first = parts_of("reference").build()
second = parts_of("again").build()
same = diff(first, second)
check(same.returncode == 0 and same.stdout == "5 files, all equal\n", f"two equal builds: {same.stdout}{same.stderr}")
inside(first)
outside(first)
sys.exit(1 if failures else 0)
