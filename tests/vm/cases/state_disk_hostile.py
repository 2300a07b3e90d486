# SPDX-License-Identifier: Apache-2.0
"""Every row of state_disk_hostile.txt: what a host may do to a disk that holds data, and what the node says to it."""

import hashlib
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from asterism_vm import disk as disks
from asterism_vm import state_disk
from asterism_vm.base import SOURCE, VmError
from asterism_vm.case import Case

_TABLE = SOURCE / "tests" / "vm" / "state_disk_hostile.txt"
_SIZE = 1 << 30
_HEADER = 16 << 20
_BLOCK = 4096
_COPIES = {"primary": 0, "secondary": 16384}
_DISKS_AT_ONCE = 10
_CLAIM = b"asterism: state disk, creation not finished; holds no data\n"


@dataclass(frozen=True)
class Row:
    name: str
    actions: list[str]
    expected: str


def rows() -> list[Row]:
    found = []
    for line in _TABLE.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            name, actions, expected = (cell.strip() for cell in line.split("|", 2))
            found.append(Row(name, [action.strip() for action in actions.split("; ")], expected))
    return found


def _read(path: Path, offset: int, size: int) -> bytes:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(size)


def _write(path: Path, offset: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)


def _seal(path: Path, place: int, copy: bytearray) -> None:
    """Writes a copy of the metadata with its checksum right (LUKS2 on-disk format 1.1.3, 2.1: 64 bytes at 448)."""
    copy[448:512] = bytes(64)
    copy[448:480] = hashlib.sha256(copy).digest()
    _write(path, place, bytes(copy))


def _edit(path: Path, words: str, copies: list[int], *, drop: bool = False) -> None:
    where, _, value = words.partition(" ")
    for place in copies:
        copy = bytearray(_read(path, place, 16384))
        document = json.loads(bytes(copy[4096:]).rstrip(b"\0"))
        parent = document
        *folders, last = where.split(".")
        for name in folders:
            parent = parent[name]
        if drop:
            del parent[last]
        else:
            parent[last] = json.loads(value)
        text = json.dumps(document, separators=(",", ":")).encode()
        copy[4096:] = text.ljust(16384 - 4096, b"\0")
        _seal(path, place, copy)


def _binary(path: Path, words: str) -> None:
    offset, data = words.split()
    for place in _COPIES.values():
        copy = bytearray(_read(path, place, 16384))
        copy[int(offset) : int(offset) + len(data) // 2] = bytes.fromhex(data)
        _seal(path, place, copy)


def _zero(path: Path, words: str) -> None:
    offset, size = map(int, words.split())
    with path.open("r+b") as file:
        os.posix_fallocate(file.fileno(), offset, 1)
        file.seek(offset)
        for _ in range(size // (1 << 20)):
            file.write(bytes(1 << 20))
        file.write(bytes(size % (1 << 20)))


def _blocks(path: Path, words: str, change: Callable[[bytes], bytes]) -> None:
    offset, size = map(int, words.split())
    with path.open("r+b") as file:
        for at in range(offset, offset + size, 2 * _BLOCK):
            file.seek(at)
            pair = file.read(2 * _BLOCK)
            if any(pair):
                file.seek(at)
                file.write(change(pair))


def _flip(pair: bytes) -> bytes:
    return b"".join(bytes([pair[at] ^ 1]) + pair[at + 1 : at + _BLOCK] for at in (0, _BLOCK))


# What a row can do to a disk: (the file, the words behind the action's name).
ACTIONS: dict[str, Callable[[Path, str], None]] = {
    "json": lambda path, words: _edit(path, words, list(_COPIES.values())),
    "drop": lambda path, words: _edit(path, words, list(_COPIES.values()), drop=True),
    "secondary": lambda path, words: _edit(path, words, [_COPIES["secondary"]]),
    "binary": _binary,
    "bytes": lambda path, words: _write(path, int(words.split()[0]), bytes.fromhex(words.split()[1])),
    "zero": _zero,
    "claim": lambda path, _: _write(path, 0, _CLAIM.ljust(_BLOCK, b"\0")),
    "exchange": lambda path, words: _blocks(path, words, lambda pair: pair[_BLOCK:] + pair[:_BLOCK]),
    "flip": lambda path, words: _blocks(path, words, _flip),
    "cut": lambda path, words: os.truncate(path, int(words)),
}


def _check(case: Case, row: Row, path: Path, before: bytes, said: str) -> None:
    if row.expected == "opens":
        case.require("mounted" in said and "data: intact" in said, f"{row.name}: the data is not there: {said}")
        return
    case.require("mounted" not in said, f"{row.name}: the disk was mounted: {said}")
    case.require(bool(re.search(f"disk-mapper: error: .*({row.expected})", said)), f"{row.name}: the node said: {said}")
    case.require("waits" in said, f"{row.name}: the node does not wait: {said}")
    case.require(_read(path, 0, _HEADER) == before, f"{row.name}: the node wrote to the header of a disk that it refused")


def run(case: Case) -> None:
    node = state_disk.Node(case)
    node.new_disk(_SIZE)
    node.boot(state_disk.WRITE)
    foreign = case.folder / "foreign.raw"
    node.keep()
    node.new_disk(_SIZE)
    node.boot(state_disk.WRITE)
    node.disk.rename(foreign)
    node.restore()

    table = rows()
    for first in range(0, len(table), _DISKS_AT_ONCE):
        batch, before = {}, {}
        folder = case.folder / "rows"
        (folder / "clones").mkdir(parents=True)
        extra = []
        for number, row in enumerate(table[first : first + _DISKS_AT_ONCE]):
            path = disks.copy(foreign if row.actions == ["foreign"] else node.disk, folder / f"row{number}.raw")
            for action in row.actions:
                name, _, words = action.partition(" ")
                if name == "clone":
                    extra.append(disks.copy(node.disk, folder / "clones" / path.name))
                elif name != "foreign":
                    ACTIONS[name](path, words.strip())
            batch[path] = row
            before[path] = _read(path, 0, _HEADER)
        console = node.boot_many([*batch, *extra], [path.stem for path in batch])
        for path, row in batch.items():
            found = re.search(rf"row: {path.stem} begin(.*?)row: {path.stem} end", console, re.DOTALL)
            if not found:
                raise VmError(f"{row.name}: the guest said nothing of it")
            said = " ".join(found[1].split())
            _check(case, row, path, before[path], said)
            case.note(f"{row.name}: {said[:200]}")
        for path in sorted(folder.rglob("*.raw")):
            path.unlink()
        (folder / "clones").rmdir()
        folder.rmdir()

    node.forget()
    said = node.boot(state_disk.REFUSE)
    case.require("no record" in said and "mounted" not in said, f"a disk with data and no record: {state_disk.said(said)}")
    case.note(f"{len(table) + 1} disks; no record: {state_disk.said(said)}")
