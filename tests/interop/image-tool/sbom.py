# SPDX-License-Identifier: Apache-2.0
"""The bill of materials of a small made-up image: schema, rules, hashes against the lock, same bytes again, refusals."""

import copy
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import spdx_rules

TOOL = Path(os.environ["ASTERISM_BIN_DIR"]) / "image-tool"
FORMAT = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"
failures = []


def check(good: bool, what: str) -> None:
    print(("ok:     " if good else "FAILED: ") + what)
    if not good:
        failures.append(what)


def make_deb(name: str, *, version: str = "1.0-1", source: str = "", copyright_text: bytes | None = None, link: str = "") -> bytes:
    folder = Path("deb") / name
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "DEBIAN").mkdir(parents=True)
    extra = f"Source: {source}\n" if source else ""
    (folder / "DEBIAN/control").write_text(
        f"Package: {name}\nVersion: {version}\nArchitecture: amd64\nMaintainer: A <a@example.org>\nDescription: x\n{extra}"
    )
    doc = folder / "usr/share/doc" / name
    doc.parent.mkdir(parents=True)
    if link:
        doc.symlink_to(link)
    else:
        doc.mkdir()
        (folder / "usr/bin").mkdir()
        (folder / "usr/bin" / name).write_bytes(os.urandom(200_000))
    if copyright_text is not None:
        (doc / "copyright").write_bytes(copyright_text)
    file = Path("deb") / f"{name}.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "--build", folder, file], check=True, capture_output=True)
    return file.read_bytes()


class World:
    """A lock, a store, manifests, programs and a kubelet."""

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)
        self.lock: list[str] = []
        self.digests: dict[str, str] = {}
        self.programs = self.folder / "programs"
        for place, name in (("root/usr/bin", "agent"), ("initrd/usr/bin", "mapper"), ("host/usr/bin", "image-tool")):
            (self.programs / place).mkdir(parents=True)
            (self.programs / place / name).write_text(name)
            (self.programs / place / name).chmod(0o755)
            (self.programs / place / "data.json").write_text("{}")
        self.kubelet = self.folder / "kubelet"
        self.kubelet.write_text("kubelet")

    def add(self, name: str, content: bytes, sets: str, version: str = "1.0-1", digest: str = "") -> None:
        digest = digest or hashlib.sha256(content).hexdigest()
        file = self.folder / "store" / digest[:2] / digest
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        self.digests[name] = digest
        self.lock.append(f"deb {sets} {name} {version} amd64 {len(content)} {digest} debian pool/main/x/{name}_{version}_amd64.deb")

    def write(self, image: list[str], initrd: list[str]) -> None:
        source = "source - kubernetes 1.20.2-1 - {} {} debian pool/main/k/kubernetes/kubernetes_1.20.2{}"
        self.lock += [source.format(5, "ab" * 32, ".orig.tar.gz"), source.format(6, "cd" * 32, "-1.debian.tar.xz")]
        (self.folder / "packages.lock").write_text("# resolved 20250101T000000Z\n" + "".join(f"{line}\n" for line in sorted(self.lock)))
        for tree, names in (("image", image), ("initrd", initrd)):
            packages = [{"type": "deb", "name": n, "version": "1.0-1", "architecture": "amd64", "size": 1} for n in names]
            config = {"name": tree, "distribution": "debian", "architecture": "x86-64", "release": "trixie"}
            (self.folder / f"{tree}.manifest").write_text(json.dumps({"manifest_version": 1, "config": config, "packages": packages}))

    def run(self, output: str, *further: str, origin: str = "archive", prefix: tuple[str, ...] = (), **options) -> subprocess.CompletedProcess:
        f = self.folder
        return subprocess.run(
            [
                *prefix, TOOL, "sbom", f"--lock={f}/packages.lock", f"--store={f}/store", f"--image-manifest={f}/image.manifest",
                f"--initrd-manifest={f}/initrd.manifest", f"--programs={f}/programs", f"--kubelet={f}/kubelet", "--kubelet-version=1.20.2",
                f"--kubelet-origin={origin}", "--name=asterism", "--version=0.1.0", f"--output={output}", *further,
            ],
            capture_output=True, text=True, check=False, **options,
        )  # fmt: skip


def good_world() -> World:
    world = World("good")
    dep5 = (FORMAT + "\nFiles: *\nLicense: GPL-2+ or Artistic\n\nFiles: x\nLicense: public-domain\n Free.\n").encode()
    world.add("machine", make_deb("machine", source="engine (1.0)", copyright_text=dep5), "image,initrd,tools")
    world.add("prose", make_deb("prose", copyright_text=b"Copyright \xe9 A.\nSee \x1b[31mthere."), "image")
    world.add("linked", make_deb("linked", link="machine"), "initrd")
    world.add("looping", make_deb("looping", link="looping2"), "image")
    world.add("looping2", make_deb("looping2", link="looping"), "tools")
    world.add("c++", make_deb("c++"), "image")
    world.add("compiler", make_deb("compiler"), "tools")
    world.add("builder", make_deb("builder"), "self")
    world.write(image=["machine", "prose", "looping", "c++"], initrd=["machine", "linked"])
    return world


def content(world: World, document: dict) -> None:
    packages = {p["name"]: p for p in document["packages"] if p["SPDXID"].startswith("SPDXRef-Package-")}
    in_image = sorted(p["name"] for p in spdx_rules.contents(document, "SPDXRef-Image"))
    in_initrd = sorted(p["name"] for p in spdx_rules.contents(document, "SPDXRef-Initramfs"))
    check(in_image == ["c++", "looping", "machine", "prose"], f"every package of the image once: {in_image}")
    check(in_initrd == ["linked", "machine"], f"every package of the initramfs once: {in_initrd}")
    for name, digest in world.digests.items():
        check(packages[name]["checksums"][0]["checksumValue"] == digest, f"{name}: the lock's hash")
    machine = packages["machine"]["licenseDeclared"]
    check(machine.startswith("(GPL-2.0-or-later OR Artistic-1.0-Perl) AND LicenseRef-public-domain-"), f"machine: {machine}")
    check(packages["linked"]["licenseDeclared"] == machine, "a linked folder gives the licence of the other package")
    check(packages["prose"]["licenseDeclared"].startswith("LicenseRef-copyright-"), "prose is one licence")
    texts = {e["licenseId"]: e["extractedText"] for e in document["hasExtractedLicensingInfos"]}
    check(texts[packages["prose"]["licenseDeclared"]] == "Copyright \ufffd A.\nSee \ufffd[31mthere.", "its text is made safe")
    for name in ("looping", "c++", "compiler", "builder"):
        check(packages[name]["licenseDeclared"] == "NOASSERTION", f"{name}: no licence is claimed")
    check(packages["c++"]["externalRefs"][0]["referenceLocator"] == "pkg:deb/debian/c%2B%2B@1.0-1?arch=amd64&distro=trixie", "package URL")
    relations = {(r["spdxElementId"], r["relationshipType"], r["relatedSpdxElement"]) for r in document["relationships"]}
    for relation in (
        ("SPDXRef-Image", "CONTAINS", "SPDXRef-Initramfs"),
        ("SPDXRef-Image", "CONTAINS", "SPDXRef-Kubelet"),
        ("SPDXRef-Image", "CONTAINS", "SPDXRef-Program-root-usr-bin-agent"),
        ("SPDXRef-Initramfs", "CONTAINS", "SPDXRef-Program-initrd-usr-bin-mapper"),
        ("SPDXRef-Program-host-usr-bin-image-tool", "BUILD_TOOL_OF", "SPDXRef-Image"),
        ("SPDXRef-Package-compiler-1.0-1-amd64", "BUILD_TOOL_OF", "SPDXRef-Image"),
        ("SPDXRef-Package-builder-1.0-1-amd64", "BUILD_TOOL_OF", "SPDXRef-Image"),
        ("SPDXRef-Package-machine-1.0-1-amd64", "BUILD_TOOL_OF", "SPDXRef-Image"),
        ("SPDXRef-Package-machine-1.0-1-amd64", "GENERATED_FROM", "SPDXRef-Source-engine-1.0"),
        ("SPDXRef-Kubelet", "GENERATED_FROM", "SPDXRef-Source-kubernetes-1.20.2.orig.tar.gz"),
    ):
        check(relation in relations, " ".join(relation))
    agent = next(p for p in document["packages"] if p["SPDXID"] == "SPDXRef-Program-root-usr-bin-agent")
    check(agent["checksums"][0]["checksumValue"] == hashlib.sha256(b"agent").hexdigest(), "our program: its hash")
    check(agent["licenseDeclared"] == "Apache-2.0", "our program: its licence")
    check(not any("data.json" in p["SPDXID"] for p in document["packages"]), "what cannot run is no program")


def rules_find_damage(document: dict) -> None:
    """The validator itself: each damage is seen."""

    def damaged(change) -> bool:
        other = copy.deepcopy(document)
        change(other)
        return bool(spdx_rules.violations(other))

    check(damaged(lambda d: d["packages"].append(d["packages"][0])), "rules see: an id twice")
    check(damaged(lambda d: d["packages"].pop()), "rules see: a relationship to nothing")
    check(damaged(lambda d: d["hasExtractedLicensingInfos"].pop()), "rules see: a licence without text")
    check(damaged(lambda d: d["packages"][0].pop("supplier")), "rules see: a missing field")
    check(damaged(lambda d: d["packages"][0].update(licenseDeclared="(MIT")), "rules see: parentheses")
    check(damaged(lambda d: d["packages"][0].update(extra=1)), "rules see: an unknown field")
    check(damaged(lambda d: d.update(spdxVersion="SPDX-2.2")), "rules see: another version")


def same_bytes(world: World) -> None:
    reference = Path("sbom.json").read_bytes()
    cached = world.run("again.json", "--cache=cache", prefix=("taskset", "--cpu-list", "0"), umask=0o077)
    check(cached.returncode == 0 and Path("again.json").read_bytes() == reference, "the same bytes, filling a cache, on one CPU")
    environment = {"PATH": os.environ["PATH"], "TZ": "Asia/Tokyo"}
    cached = world.run("again.json", "--cache=cache", env=environment)
    check(cached.returncode == 0 and Path("again.json").read_bytes() == reference, "the same bytes out of the cache")
    for file in Path("cache").iterdir():
        file.write_text(file.read_text()[:20])
    damaged = world.run("again.json", "--cache=cache")
    check(damaged.returncode == 0 and Path("again.json").read_bytes() == reference, "a damaged cache is made anew")
    dated = world.run("dated.json", env={**environment, "SOURCE_DATE_EPOCH": "1700000000"})
    created = json.loads(Path("dated.json").read_text())["creationInfo"]["created"]
    check(dated.returncode == 0 and created == "2023-11-14T22:13:20Z", "SOURCE_DATE_EPOCH is the time of creation")
    upstream = world.run("upstream.json", origin="upstream")
    kubelet = [r for r in json.loads(Path("upstream.json").read_text())["relationships"] if r["spdxElementId"] == "SPDXRef-Kubelet"]
    check(upstream.returncode == 0 and not kubelet, "an upstream kubelet was not generated from the archive's source")


def refusals() -> None:
    deb = make_deb("a")
    cut = deb[: len(deb) // 2]

    def refused(label: str, code: int, change, image: list[str] | None = None) -> None:
        world = World(f"bad-{label.replace(' ', '-')}")
        change(world)
        world.write(image=image if image is not None else ["a"], initrd=[])
        done = world.run("bad.json")
        good = done.returncode == code and done.stderr.count("\n") == 1 and not Path("bad.json").exists()
        check(good, f"{label}: exit code {done.returncode}, expected {code}: {done.stderr.strip()}")

    refused("altered package", 6, lambda w: w.add("a", deb + b"x", "image", digest=hashlib.sha256(deb).hexdigest()))
    refused("other name", 6, lambda w: w.add("b", deb, "image"), image=["b"])
    refused("other version", 6, lambda w: w.add("a", make_deb("a", version="1.0-2"), "image"))
    refused("not of that tree", 6, lambda w: w.add("a", deb, "initrd,tools"))
    refused("not locked", 6, lambda w: None)
    refused("absent from the store", 3, lambda w: (w.add("a", deb, "image"), shutil.rmtree(w.folder / "store")))
    refused("cut package", 4, lambda w: w.add("a", cut, "image"))
    refused("no package", 4, lambda w: w.add("a", b"x" * 1000, "image"))
    refused("broken lock", 5, lambda w: w.lock.append("deb image a"))
    refused("twice in the manifest", 5, lambda w: w.add("a", deb, "image"), image=["a", "a"])
    refused("no programs", 3, lambda w: (w.add("a", deb, "image"), shutil.rmtree(w.programs)))
    refused("no kubelet", 3, lambda w: (w.add("a", deb, "image"), w.kubelet.unlink()))


for stale in Path().iterdir():
    shutil.rmtree(stale) if stale.is_dir() else stale.unlink()
good = good_world()
made = good.run("sbom.json")
check(made.returncode == 0, f"made: {made.stderr}")
sbom = json.loads(Path("sbom.json").read_text())
check(not spdx_rules.violations(sbom), f"valid SPDX 2.3 {spdx_rules.violations(sbom)[:3]}")
content(good, sbom)
rules_find_damage(sbom)
same_bytes(good)
refusals()
sys.exit(1 if failures else 0)
