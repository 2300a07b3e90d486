# SPDX-License-Identifier: Apache-2.0
"""The last stages: containers, bill of materials, manifest and sums under their published names; budgets; the summary."""

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import kubernetes
import settings
from settings import SOURCE, BuildError, say
from stages import key_of, tree_digest

ROOT_BUDGET_BYTES = 260_000_000
UKI_BUDGET_BYTES = 48_000_000
EROFS_BLOCK_BYTES = 4096
# OVMF of the tools tree: code and variable store in one file, as a confidential guest is started with it.
LAUNCH_FIRMWARE = "/usr/share/ovmf/OVMF.fd"
HOST_PROGRAMS = ("image-tool", "measured-boot")


def revision() -> str:
    """The commit that is built, marked when the checkout holds more than that."""

    def git(*words: str) -> str:
        # The checkout may belong to another user than the one who builds.
        done = subprocess.run(["git", "-c", f"safe.directory={SOURCE}", "-C", SOURCE, *words], capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else ""

    commit = git("rev-parse", "HEAD")
    return (commit or "0" * 40) + ("-dirty" if not commit or git("status", "--porcelain", "--untracked-files=no") else "")


def root_bytes(image: Path) -> int:
    """Bytes of the erofs file system: u32 'blocks' at offset 36 of its superblock (fs/erofs/erofs_fs.h, erofs_super_block)."""
    with image.open("rb") as file:
        file.seek(1024)
        superblock = file.read(128)
    if superblock[:4] != b"\xe2\xe1\xf5\xe0":
        raise BuildError(f"{image}: no erofs superblock")
    return int.from_bytes(superblock[36:40], "little") * EROFS_BLOCK_BYTES


def check_budgets(root: Path, uki: Path, *, enforce: bool) -> list[str]:
    """Sizes for people; a release image over its budget ends the build. A debug image carries what it needs."""
    sizes = [
        ("root file system", root_bytes(root / "root.raw"), ROOT_BUDGET_BYTES),
        ("UKI", (uki / "asterism.efi").stat().st_size, UKI_BUDGET_BYTES),
    ]
    lines = [f"{name:17} {size / 1e6:6.1f} MB of {budget / 1e6:.0f}" for name, size, budget in sizes]
    lines += ["largest files of the root (uncompressed):"]
    lines += ["  " + line for line in (root / "largest.txt").read_text().splitlines()]
    for name, size, budget in sizes:
        if enforce and size > budget:
            raise BuildError(
                f"{name}: {size} bytes are over the budget of {budget}: take something off the lists in mkosi/image or initrd.\n" + "\n".join(lines)
            )
    return lines


def publish(build, inside, *, initrd: Path, root: Path, uki: Path, disk: Path, kubelet: Path, programs: Path) -> None:
    sizes = check_budgets(root, uki, enforce=build.profile == "release")
    name = f"asterism_{build.version}"
    made = key_of(tree_digest([disk / "disk.raw", uki / "secure-boot"]), name)
    tools = tree_digest([settings.BUILD / "bin/image-tool", settings.BUILD / "bin/measured-boot"])

    def containers(fresh: Path) -> None:
        words = ["build/bin/image-tool", "containers", "--raw", inside(disk / "disk.raw"), "--output-directory", inside(fresh), "--name", name]
        build.step("containers", words)

    packed = build.stage("containers", key_of(made, tools), containers) if build.profile == "release" else None

    def results(fresh: Path) -> None:
        place_results(build, fresh, name, disk=disk, uki=uki, root=root, packed=packed)
        bill_of_materials(build, inside, fresh, name, root=root, initrd=initrd, programs=programs, kubelet=kubelet)
        write_manifest(build, inside, fresh)
        write_sums(fresh)

    source = revision()
    key = key_of(made, tools, source, tree_digest([root / "root.manifest", initrd / "initrd.manifest", Path(__file__)]), str(build.locked))
    fresh_results = build.progress.did_work
    folder = build.stage("results", key, results)
    shown = build.output
    if not shown.is_symlink() and shown.is_dir():
        shutil.rmtree(shown)
    shown.unlink(missing_ok=True)
    shown.symlink_to(folder.relative_to(shown.parent), target_is_directory=True)
    summary(build, folder, name, sizes if fresh_results or build.progress.did_work else [])


def place_results(build, fresh: Path, name: str, *, disk: Path, uki: Path, root: Path, packed: Path | None) -> None:
    files = {
        disk / "disk.raw": f"{name}.raw", uki / "asterism.efi": f"{name}.efi", root / "root.raw": f"{name}.root.raw",
        root / "verity.raw": f"{name}.verity.raw", root / "root.roothash": f"{name}.roothash",
    }
    for container in sorted(packed.iterdir()) if packed else []:
        files[container] = container.name
    for source, target in files.items():
        subprocess.run(["cp", "--sparse=always", "--reflink=auto", source, fresh / target], check=True)
    subprocess.run(["cp", "-r", uki / "secure-boot", fresh / "secure-boot"], check=True)


def bill_of_materials(build, inside, fresh: Path, name: str, *, root: Path, initrd: Path, programs: Path, kubelet: Path) -> None:
    cache = settings.cache_directory() / "licences"
    cache.mkdir(parents=True, exist_ok=True)
    listed = build.work / ".programs"
    shutil.rmtree(listed, ignore_errors=True)
    subprocess.run(["cp", "-r", programs, listed], check=True)
    shutil.copytree(settings.BUILD / "bin", listed / "host/usr/bin", ignore=lambda _, names: [n for n in names if n not in HOST_PROGRAMS])
    lock = build.work / "packages.lock"
    lock.write_text(build.lock.text())
    build.step(
        "sbom",
        [
            "build/bin/image-tool", "sbom", "--lock", inside(lock), "--store", inside(settings.cache_directory() / "store"),
            "--image-manifest", inside(root / "root.manifest"), "--initrd-manifest", inside(initrd / "initrd.manifest"),
            "--programs", inside(listed), "--kubelet", inside(kubelet / "usr/bin/kubelet"),
            "--kubelet-version", kubernetes.version(build.lock), "--kubelet-origin", "upstream" if kubernetes.chosen() else "archive",
            "--cache", inside(cache), "--name", name, "--version", build.version, "--output", inside(fresh / "sbom.spdx.json"),
        ],
    )


def write_manifest(build, inside, fresh: Path) -> None:
    artefacts = sorted(path.name for path in fresh.iterdir() if path.is_file())
    words = [
        "build/bin/measured-boot", "manifest", "--directory", inside(fresh), "--version", build.version, "--revision", revision(),
        "--locked" if build.locked else "--unlocked", "--secure-boot-variables", inside(fresh / "secure-boot"),
        "--launch-firmware", f"qemu={LAUNCH_FIRMWARE}", "--launch-firmware", f"openstack={LAUNCH_FIRMWARE}",
        "--input", f"packages.lock={inside(build.work / 'packages.lock')}", "--input", f"kubernetes.lock={inside(kubernetes.LOCK)}",
        "--output", inside(fresh / "manifest.json"), *artefacts,
    ]
    build.step("manifest", words)


def write_sums(fresh: Path) -> None:
    lines = []
    for path in sorted(path for path in fresh.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            lines.append(f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {path.relative_to(fresh)}\n")
    (fresh / "SHA256SUMS").write_text("".join(lines))


def summary(build, folder: Path, name: str, sizes: list[str]) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    boot = manifest["measurements"]["qemu"]["secure_boot_on"]["sha256"]
    for line in sizes:
        say(line)
    if not build.locked:
        say(f"NOT THE LOCKED BUILD: version {build.version}")
    print(f"image      {build.output / name}.raw")
    print(f"root hash  {manifest['verity']['root_hash']}")
    for pcr in ("4", "7", "9", "11", "12", "13", "15"):
        value = boot[pcr]
        print(f"PCR {pcr:>2}     {value['ready'] if isinstance(value, dict) else value}" + ("  (phase ready)" if pcr == "11" else ""))
    print("           SHA-256, Secure Boot on; all others: manifest.json, or measured-boot predict")
