# SPDX-License-Identifier: Apache-2.0
"""An initramfs with files of the test laid over it."""

from pathlib import Path

from .base import tool

_ALIGNMENT = 512


def overlaid(initramfs: bytes, root: Path) -> bytes:
    """The same, and behind it an archive of all that is below `root`: what comes later replaces what was there."""
    names = "\0".join(sorted(str(path.relative_to(root)) for path in root.rglob("*"))) + "\0"
    archive = tool(["cpio", "--null", "-o", "-H", "newc", "--quiet", "-D", root], what="packing an overlay", data=names.encode())
    first = initramfs.rstrip(b"\0")
    return first + bytes(-len(first) % _ALIGNMENT + _ALIGNMENT) + archive
