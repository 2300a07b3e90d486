# SPDX-License-Identifier: Apache-2.0
"""Programs of the tools tree with the host's network, files and tokens.

Publishing cannot run in a build step: that has no network, and does not see where keys lie. The programs are started on the
host by the tree's own loader with the tree's libraries, so that the host needs none of them. In the tree they run as they are.
"""

import os
import subprocess
from pathlib import Path

import tree
import unlocked
from settings import BUILD, BuildError

LIBRARIES = "usr/lib/x86_64-linux-gnu"


def _in_tree() -> bool:
    return "ASTERISM_BIN_DIR" in os.environ


def program(name: str) -> list[str]:
    """The words that start one of our programs (measured-boot, image-tool) or one of the tree's (oras)."""
    own = BUILD / "bin" / name
    if _in_tree():
        built = Path(os.environ["ASTERISM_BIN_DIR"]) / name
        return [str(built if built.exists() else Path("/usr/bin") / name)]
    root = tree.path(unlocked.lock_in_use())
    if not root.exists():
        raise BuildError("the tools tree is not built yet: run make tree")
    path = own if own.exists() else root / "usr/bin" / name
    if not path.exists():
        raise BuildError(f"{name}: is not built yet: run make programs")
    return [str(root / "usr/lib64/ld-linux-x86-64.so.2"), "--library-path", str(root / LIBRARIES), str(path)]


def environment() -> dict[str, str]:
    """The caller's environment; OpenSSL finds its providers in the tree."""
    if _in_tree():
        return dict(os.environ)
    return {**os.environ, "OPENSSL_MODULES": str(tree.path(unlocked.lock_in_use()) / LIBRARIES / "ossl-modules")}


def run(name: str, *words: object, **options) -> subprocess.CompletedProcess:
    return subprocess.run([*program(name), *map(str, words)], env=environment(), capture_output=True, text=True, check=False, **options)
