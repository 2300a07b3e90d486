# SPDX-License-Identifier: Apache-2.0
"""The manifest of a small build with a real hash tree: what it says about dm-verity is enough to make the tree again.

Then the whole way: build's manifest, release, signature, verification of every file.
"""

import json
import re

import signing
from signing import interop, ours

import disk


def root_hash(output):
    return re.search(r"Root hash:\s+([0-9a-f]{64})", output)[1]


def make_build(block_sizes, salt):
    """Root file system, hash tree, UKI and disk in build/, as the build's last stage leaves them."""
    data_block, hash_block = block_sizes
    interop.write("build/asterism_1.0.root.raw", interop.bytes_of(40 * 4096, 3))
    out = interop.run("veritysetup", "format", f"--data-block-size={data_block}", f"--hash-block-size={hash_block}", f"--salt={salt}",
                      "build/asterism_1.0.root.raw", "build/asterism_1.0.verity.raw").stdout
    root = root_hash(out)
    interop.write("build/asterism_1.0.roothash", root + "\n")
    uki = interop.build_uki("build/asterism_1.0.efi", interop.parts("parts", cmdline=f"quiet roothash={root}"))
    volume = disk.make_disk("build/asterism_1.0.raw", 16, 16, 4)
    disk.mtool("mmd", volume, "EFI", "EFI/BOOT", "EFI/Linux")
    disk.copy(volume, interop.LOADER, "EFI/BOOT/BOOTX64.EFI")
    disk.copy(volume, uki, "EFI/Linux/asterism_1.0+3.efi")
    interop.write("build/sbom.spdx.json", "{}\n")
    return root


def write_manifest():
    names = [f"asterism_1.0.{kind}" for kind in ("efi", "raw", "root.raw", "roothash", "verity.raw")] + ["sbom.spdx.json"]
    ours("manifest", "--directory=build", "--version=1.0", "--revision=r1", "--locked", f"--input=packages.lock={__file__}",
         "--output=manifest.json", *names)
    return signing.fits_schema("manifest", json.load(open("manifest.json", encoding="ascii")))


def check(block_sizes, salt):
    root = make_build(block_sizes, salt)
    manifest = write_manifest()
    interop.same((manifest["package_lock"], manifest["sbom"], "release" in manifest), ("packages.lock", "sbom.spdx.json", False), "roles")
    interop.same(manifest["verity"]["root_hash"], root, "root hash")
    tree = manifest["verity"]["tree"]
    blocks = 40 * 4096 // block_sizes[0]
    interop.same(tree, {"data": "asterism_1.0.root.raw", "hash_tree": "asterism_1.0.verity.raw", "algorithm": "sha256",
                        "salt": "" if salt == "-" else salt, "data_block_size": block_sizes[0], "hash_block_size": block_sizes[1],
                        "data_blocks": blocks}, "tree")
    again = interop.run("veritysetup", "format", "--no-superblock", f"--hash={tree['algorithm']}", f"--salt={tree['salt'] or '-'}",
                        f"--data-block-size={tree['data_block_size']}", f"--hash-block-size={tree['hash_block_size']}",
                        f"--data-blocks={tree['data_blocks']}", f"build/{tree['data']}", "again.raw").stdout
    interop.same(root_hash(again), root, "root hash, from what the manifest says")


def main():
    for block_sizes, salt in (((4096, 4096), "ab" * 32), ((1024, 512), "00ff"), ((512, 4096), "-")):
        check(block_sizes, salt)
    signing.openssl_key("key", "P-256")
    ours("release", "manifest.json", "--state=stable", "--floor=0.9", "--output=released.json")
    ours("sign", "released.json", "--key=key.key")
    out = ours("verify-manifest", "released.json", "--key=key.pub", "--directory=build").stdout
    interop.holds("6 artefacts match" in out, out)
    # A tree that is none ends the build.
    interop.write("build/asterism_1.0.verity.raw", b"x" * 8192)
    words = ["manifest", "--directory=build", "--version=1.0", "--revision=r1", "--locked", "asterism_1.0.efi", "asterism_1.0.raw",
             "asterism_1.0.root.raw", "asterism_1.0.verity.raw"]
    interop.holds("no verity superblock" in interop.refused(5, *words), "a file that is no hash tree")


if __name__ == "__main__":
    main()
