#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""make image: from locked inputs to a measured, signed disk image and its containers.

    build.py [--profile=release|debug] [--output=<folder below build/>] [--until=<stage>]

Stages run inside the tools tree (tree.py), write to build/work-<profile>/ and are skipped while their inputs stay the same.
"""

import argparse
import dataclasses
import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import kubernetes
import lockfile
import report
import settings
import store
import tree
import unlocked
from settings import BUILD, SOURCE, BuildError, say
from stages import Progress, key_of, stage, tree_digest

NUMBER_OF_STAGES = {"tree": 1, "programs": 2, "disk": 9, "image": 11}
KEY_VARIABLES = ("SIGNING_KEY", "SIGNING_CERT", "POLICY_KEY", "POLICY_PUBLIC", "POLICY_SIGNATURES")
# How a PKCS#11 library finds its token; what they name has to lie in the checkout or the cache, which a build step sees.
TOKEN_VARIABLES = ("PKCS11_MODULE", "SOFTHSM2_CONF", "P11_KIT_SERVER_ADDRESS")


def inside(path: Path) -> str:
    """The place of a file of the checkout or of the cache as a build step sees it."""
    for top, place in ((SOURCE, tree.INSIDE), (settings.cache_directory(), tree.CACHE_INSIDE)):
        if path.is_relative_to(top):
            return f"{place}/{path.relative_to(top)}"
    raise BuildError(f"{path}: lies neither in the checkout nor in the cache")


@dataclasses.dataclass
class Build:
    lock: lockfile.Lock
    locked: bool
    version: str
    profile: str
    work: Path
    output: Path
    progress: Progress

    def step(self, what: str, words: list[str], **options) -> None:
        log = BUILD / "logs" / f"{self.profile}-{what}.log"
        tree.run(self.lock, words, log, what=what, **options)

    def stage(self, name: str, key: str, work) -> Path:
        (BUILD / "logs" / f"{self.profile}-{name}.log").unlink(missing_ok=True)
        return stage(self.progress, self.work, name, key_of(tree.key(self.lock), key), work)

    def key_of_stage(self, output: Path) -> str:
        """The key that a stage's output was made with: for outputs that are too large to be hashed."""
        return (self.work / f"{output.name}.key").read_text()

    # -- stages ---------------------------------------------------------------------------------------------------

    def programs(self) -> Path:
        sources = ["CMakeLists.txt", "CMakePresets.json", "VERSION", "cmake", "src"]
        key = tree_digest([SOURCE / name for name in sources])

        def work(fresh: Path) -> None:
            self.step("programs", ["cmake", "--preset", "release", "-DASTERISM_TESTS=OFF"])
            self.step("programs", ["cmake", "--build", "build/cpp-release"])
            for component in ("initrd", "root"):
                place = inside(fresh / component)
                self.step("programs", ["cmake", "--install", "build/cpp-release", "--strip", "--component", component, "--prefix", f"{place}/usr"])
                (fresh / component / "usr").mkdir(parents=True, exist_ok=True)

        return self.stage("programs", key, work)

    def identity(self) -> Path:
        """os-release, which names version and profile in the image, in the initramfs and to the boot loader; kubelet's options."""
        pretty = f"Asterism {self.version}" + ("" if self.profile == "release" else f" ({self.profile})")
        text = (
            f'NAME="Asterism"\nID=asterism\nID_LIKE=debian\nPRETTY_NAME="{pretty}"\nVERSION_ID="{self.version}"\n'
            f'IMAGE_ID=asterism\nIMAGE_VERSION="{self.version}"\nVARIANT_ID={self.profile}\n'
        )

        options = kubernetes.version_options(self.lock)

        def work(fresh: Path) -> None:
            for name, content in {"os-release": text, "asterism/kubelet.env": options}.items():
                file = fresh / "usr/lib" / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(content)

        return self.stage("identity", key_of(text, options), work)

    def mkosi(self, what: str, folder: Path, fresh: Path, extra: list[Path]) -> None:
        repository = store.repository(self.lock.of_set(what))
        scratch = self.work / f".mkosi-{what}"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        # The cache holds the tree with its packages installed; its name says of which packages and configuration.
        key = key_of(tree.key(self.lock), repository.name, self.profile, tree_digest([folder / "mkosi.conf", folder / "mkosi.profiles"]))[:24]
        cache = settings.cache_directory() / "mkosi-cache" / f"{what}-{key}"
        cache.mkdir(parents=True, exist_ok=True)
        words = [
            "python3", "-m", "mkosi", "--directory", inside(folder), "--profile", self.profile, 
            "--build-sources", ",".join(f"{tree.INSIDE}/{name}:{name}" for name in ("scripts", "initrd", "mkosi")),
            "--local-mirror", f"file://{inside(repository)}", "--output-directory", inside(fresh), "--workspace-directory", inside(scratch),
            "--cache-directory", inside(cache), "--package-cache-dir", inside(cache), "--incremental=yes", "--force",
        ]
        for place in extra:
            words += ["--extra-tree", inside(place)]
        try:
            self.step(what, [*words, "build"])
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def initrd(self, programs: Path, identity: Path) -> Path:
        key = key_of(
            tree_digest([SOURCE / "initrd", programs / "initrd", identity, SOURCE / "scripts/prune-image"]), self.profile,
            store.repository(self.lock.of_set("initrd")).name,
        )
        return self.stage("initrd", key, lambda fresh: self.mkosi("initrd", SOURCE / "initrd", fresh, [programs / "initrd", identity]))

    def root_tree(self, kubelet: Path) -> Path:
        """All of the root but our own programs and the identity, so that an edit of those does not pass through mkosi."""
        folder = SOURCE / "mkosi/image"
        files = [folder / name for name in ("mkosi.conf", "mkosi.extra", "mkosi.finalize", "mkosi.profiles")]
        key = key_of(tree_digest([*files, kubelet]), self.profile, store.repository(self.lock.of_set("image")).name)
        return self.stage("root-tree", key, lambda fresh: self.mkosi("image", folder, fresh, [kubelet]))

    def root(self, tree_folder: Path, programs: Path, identity: Path) -> Path:
        files = [programs / "root", identity, SOURCE / "mkosi/image/keep", SOURCE / "scripts/make-root", SOURCE / "scripts/sandbox-image", SOURCE / "scripts/prune-image"]
        key = key_of(tree_digest(files), self.key_of_stage(tree_folder), self.profile)

        def work(fresh: Path) -> None:
            words = [inside(path) for path in (tree_folder, programs / "root", identity)]
            self.step("root", ["scripts/make-root", *words, self.profile, inside(fresh)])

        return self.stage("root", key, work)

    def development_keys(self) -> Path:
        folder = settings.cache_directory() / "keys" / "development"
        if not all((folder / name).exists() for name in ("db.crt", "policy.key", "policy-debug.key")):
            self.step("keys", ["python3", "scripts/secure_boot.py", "development-keys", inside(folder)])
        return folder

    def private_folder(self, name: str) -> Path:
        """For copies of given keys; main() removes it."""
        folder = self.work / "keys" / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, mode=0o700)
        return folder

    @staticmethod
    def copy_key(source: str, target: Path) -> None:
        """A PEM file, or a file that holds the PKCS#11 URI."""
        if source.startswith("pkcs11:"):
            target.write_text(source + "\n")
        else:
            shutil.copyfile(source, target)
        target.chmod(0o600)

    def policy(self) -> Path:
        """What TPM policies are signed with, as the path of <it>.pub and <it>.key: POLICY_KEY= and POLICY_PUBLIC=, or a development pair.

        POLICY_SIGNATURES= in the place of POLICY_KEY= takes signatures that exist already (<it>.json), for whoever repeats
        somebody else's build. No debug image is signed for a release's disks.
        """
        key, public, signatures = (os.environ.get(name) for name in ("POLICY_KEY", "POLICY_PUBLIC", "POLICY_SIGNATURES"))
        if self.profile != "release":
            return self.development_keys() / "policy-debug"
        if not (key or public or signatures):
            if os.environ.get("SIGNING_KEY"):
                raise BuildError("SIGNING_KEY needs POLICY_KEY and POLICY_PUBLIC: a published image is not signed with a development policy key")
            return self.development_keys() / "policy"
        if not public or bool(key) == bool(signatures):
            raise BuildError("POLICY_PUBLIC goes with either POLICY_KEY or POLICY_SIGNATURES")
        folder = self.private_folder("policy")
        shutil.copyfile(public, folder / "policy.pub")
        if key:
            self.copy_key(key, folder / "policy.key")
        else:
            shutil.copyfile(signatures, folder / "policy.json")
        return folder / "policy"

    def keys(self) -> Path:
        """The signing keys: SIGNING_KEY= and SIGNING_CERT=, or a development set made once per machine."""
        key, certificate = os.environ.get("SIGNING_KEY"), os.environ.get("SIGNING_CERT")
        if bool(key) != bool(certificate):
            raise BuildError("SIGNING_KEY and SIGNING_CERT go together: give both or neither")
        if not key:
            return self.development_keys()
        folder = self.private_folder("secure-boot")
        for name in ("PK", "KEK", "db"):
            shutil.copyfile(certificate, folder / f"{name}.crt")
            self.copy_key(key, folder / f"{name}.key")
        return folder

    def uki(self, initrd: Path, root: Path, identity: Path, keys: Path, policy: Path) -> Path:
        cmdline = self.command_line((root / "root.roothash").read_text().strip())
        kernel = next(e for e in self.lock.of_set("initrd") if e.name.startswith("linux-image-6"))
        public = [*(keys / f"{name}.crt" for name in ("PK", "KEK", "db")), policy.with_suffix(".pub")]
        public += [signatures for signatures in [policy.with_suffix(".json")] if signatures.exists()]
        tools = [SOURCE / "scripts/make-uki", SOURCE / "scripts/secure_boot.py", BUILD / "bin/measured-boot"]
        security_version, floor = (SOURCE / "mkosi/security-version").read_text().split()
        key = key_of(
            tree_digest([initrd / "initrd.cpio.zst", identity, *public, *tools]), cmdline, kernel.sha256, security_version, floor
        )

        def work(fresh: Path) -> None:
            (fresh / "cmdline").write_text(cmdline)
            self.step(
                "uki",
                [
                    "scripts/make-uki", inside(store.path_of(kernel.sha256)), inside(initrd / "initrd.cpio.zst"), inside(fresh / "cmdline"),
                    inside(identity / "usr/lib/os-release"), inside(keys), inside(policy), security_version, floor,
                    inside(fresh),
                ],
                extra={name: os.environ[name] for name in TOKEN_VARIABLES if name in os.environ},
            )

        return self.stage("uki", key, work)

    def command_line(self, root_hash: str) -> str:
        words = []
        for line in (SOURCE / "mkosi/cmdline").read_text().splitlines():
            if text := line.split("#", 1)[0].strip():
                words.append(text)
        if self.profile == "debug":
            words.append("asterism.profile=debug")
        return " ".join([*words, f"roothash={root_hash}"])

    def disk(self, root: Path, uki: Path) -> Path:
        key = key_of(tree_digest([root / "root.roothash", uki, SOURCE / "mkosi/disk", SOURCE / "scripts/make-disk"]), self.version)

        def work(fresh: Path) -> None:
            self.step("disk", ["scripts/make-disk", inside(root), inside(uki), self.version, inside(fresh)])

        return self.stage("disk", key, work)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--profile", choices=("release", "debug"), default="release")
    options.add_argument("--output", help="folder for the results (default: build/image, build/image-debug)")
    options.add_argument("--until", choices=("tree", "programs", "disk", "image"), default="image", help="stop after this much")
    given = options.parse_args()

    BUILD.mkdir(exist_ok=True)
    (BUILD / "logs").mkdir(exist_ok=True)
    guard = (BUILD / ".lock").open("w")
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise BuildError("another build runs in this checkout: wait for it") from None
    progress = Progress(NUMBER_OF_STAGES[given.until] - (given.until == "image" and given.profile != "release"))
    lock, locked = unlocked.usable_lock()
    version = (SOURCE / "VERSION").read_text().strip() + ("" if locked else ".unlocked")
    if tree.path(lock).exists():
        progress.skip("tools tree")
    else:
        progress.run("tools tree", lambda: tree.build(lock, BUILD / "logs/tree.log"))
    if given.until == "tree":
        return 0
    output = SOURCE / given.output if given.output else BUILD / ("image" if given.profile == "release" else f"image-{given.profile}")
    build = Build(lock, locked, version, given.profile, BUILD / f"work-{given.profile}", output, progress)
    build.work.mkdir(exist_ok=True)
    programs = build.programs()
    if given.until == "programs":
        return 0
    kubelet = kubernetes.kubelet(lock, progress, inside)
    identity = build.identity()
    initrd = build.initrd(programs, identity)
    root = build.root(build.root_tree(kubelet), programs, identity)
    try:
        uki = build.uki(initrd, root, identity, build.keys(), build.policy())
    finally:
        shutil.rmtree(build.work / "keys", ignore_errors=True)  # copies of a given key
    disk = build.disk(root, uki)
    if given.until == "disk":
        return 0
    report.publish(build, inside, initrd=initrd, root=root, uki=uki, disk=disk, kubelet=kubelet, programs=programs)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BuildError as error:
        say(f"error: {error}")
        sys.exit(1)
    except KeyboardInterrupt:
        say("error: interrupted; the next run continues where this one stopped")
        sys.exit(130)
    except subprocess.CalledProcessError as error:
        say(f"error: {error.cmd[0]} failed with exit code {error.returncode}")
        sys.exit(1)
