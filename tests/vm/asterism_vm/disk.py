# SPDX-License-Identifier: Apache-2.0
"""Disk images, seen and changed from outside: partitions, files of the ESP, single bytes."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from .base import VmError, tool

_SECTOR = 512


@dataclass(frozen=True)
class Partition:
    """start and size in bytes."""

    label: str
    start: int
    size: int
    type: str
    uuid: str


def copy(source: Path, target: Path, *, size: int | None = None) -> Path:
    """A sparse copy that may be changed, enlarged to `size` bytes where given."""
    tool(["cp", "--sparse=always", "--reflink=auto", source, target], what="copying a disk image")
    target.chmod(0o644)
    if size is not None:
        if size < target.stat().st_size:
            raise VmError(f"{target}: {size} bytes are less than the image has")
        os.truncate(target, size)
    return target


def partitions(disk: Path) -> dict[str, Partition]:
    """The GPT by partition name. Names must be unique."""
    table = json.loads(tool(["sfdisk", "--json", disk], what=f"reading the partition table of {disk}"))["partitiontable"]
    if table["label"] != "gpt" or table.get("sectorsize", _SECTOR) != _SECTOR:
        raise VmError(f"{disk}: not a GPT of {_SECTOR}-byte sectors")
    found = {}
    for entry in table["partitions"]:
        name = entry.get("name", "")
        if name in found:
            raise VmError(f"{disk}: two partitions are named {name!r}")
        found[name] = Partition(name, entry["start"] * _SECTOR, entry["size"] * _SECTOR, entry["type"].lower(), entry["uuid"].lower())
    return found


def find(disk: Path, wanted: str) -> Partition:
    """The partition whose name is `wanted` or begins with it and a version: root-a, root-a_1.2."""
    names = {name: part for name, part in partitions(disk).items() if name == wanted or name.startswith(f"{wanted}_")}
    if len(names) != 1:
        raise VmError(f"{disk}: {len(names)} partitions are named {wanted}; there are {', '.join(partitions(disk))}")
    return next(iter(names.values()))


def flip(path: Path, offset: int) -> tuple[int, int]:
    """Inverts all bits of one byte; returns it before and after."""
    with path.open("r+b") as file:
        file.seek(offset)
        before = file.read(1)
        if not before:
            raise VmError(f"{path}: no byte at offset {offset}")
        after = bytes([before[0] ^ 0xFF])
        file.seek(offset)
        file.write(after)
    return before[0], after[0]


class Esp:
    """The FAT file system of a disk's EFI system partition. Paths as in EFI/Linux/name.efi."""

    def __init__(self, disk: Path):
        self._where = f"{disk}@@{find(disk, 'esp').start}"

    def list(self, folder: str) -> list[str]:
        """Names of the files in a folder, with their case."""
        listing = tool(["mdir", "-b", "-i", self._where, f"::{folder}"], what=f"listing {folder} of the ESP").decode()
        return sorted(line.strip().rsplit("/", 1)[-1] for line in listing.splitlines() if line.strip() and not line.strip().endswith("/"))

    def read(self, name: str) -> bytes:
        return tool(["mtype", "-i", self._where, f"::{name}"], what=f"reading {name} of the ESP")

    def write(self, name: str, content: Path) -> None:
        tool(["mcopy", "-o", "-i", self._where, content, f"::{name}"], what=f"writing {name} of the ESP")

    def make_folder(self, name: str) -> None:
        """Makes a folder, and those above it that are not there."""
        made = ""
        for part in name.split("/"):
            parent, made = made, f"{made}/{part}"
            listing = tool(["mdir", "-b", "-i", self._where, f"::{parent}/"], what=f"listing {parent or '/'} of the ESP").decode()
            if f"::{made}/".lower() not in (line.strip().lower() for line in listing.splitlines()):
                tool(["mmd", "-i", self._where, f"::{made}"], what=f"making {made} on the ESP")
