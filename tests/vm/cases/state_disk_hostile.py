# SPDX-License-Identifier: Apache-2.0
"""What a host may do to a disk that was made, and what the node says. Header rows of every kind are unit tests; these need a kernel."""

import re
from pathlib import Path

from asterism_vm import state_disk
from asterism_vm.case import Case

_GIB = 1 << 30
_DATA = 16 << 20  # superblock of dm-integrity, journal, then runs of tags and data


def _write(path: Path, offset: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)


def _read(path: Path, offset: int, size: int) -> bytes:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(size)


def _wipe_all(disk: Path) -> None:
    _write(disk, 0, bytes(32 << 20))


def _wipe_integrity(disk: Path) -> None:
    _write(disk, _DATA, bytes(4096))


def _zero_tags_and_data(disk: Path) -> None:
    _write(disk, _DATA + 4096, bytes(200 << 20))



def _null_cipher(disk: Path) -> None:
    for offset in (4096, 16384 + 4096):
        text = _read(disk, offset, 12288)
        _write(disk, offset, text.replace(b"aes-xts-plain64", b"cipher_null-ecb"))


def _primary_torn(disk: Path) -> None:
    _write(disk, 5000, b"\xff" * 3000)


def _claim(disk: Path) -> None:
    _write(disk, 0, b"asterism: state disk, creation not finished; holds no data\n".ljust(32768, b"\0"))


# label, what is done, what the node has to say (None: it opens and the data is intact)
_ROWS = [
    ("disk wiped", _wipe_all, "no LUKS2 header"),
    ("marked as being prepared", _claim, "no LUKS2 header"),
    ("null cipher, checksums not adjusted", _null_cipher, "no LUKS2 header"),
    ("superblock of dm-integrity wiped", _wipe_integrity, "authentication fails|Cannot|refuses|opening"),
    ("tags and data zeroed", _zero_tags_and_data, "authentication fails|opening|mounting"),
    ("primary header torn", _primary_torn, None),
]


def run(case: Case) -> None:
    node = state_disk.Node(case)
    node.new_disk(_GIB)
    node.boot(state_disk.WRITE)
    node.keep()
    for label, attack, message in _ROWS:
        node.restore()
        attack(node.disk)
        said = node.boot(state_disk.READ if message is None else state_disk.REFUSE)
        if message is None:
            case.require("data: intact" in said, f"{label}: the data is not there")
        else:
            case.require(bool(re.search(f"disk-mapper: error: .*({message})", said)), f"{label}: the node said: {state_disk.said(said)}")
            case.require("still waiting" in said and "mounted" not in said, f"{label}: the node went on")
        case.note(f"{label}: {state_disk.said(said)}")
    node.restore()
    node.forget()
    said = node.boot(state_disk.REFUSE)
    case.require("no record" in said, f"a disk with data and no record: {state_disk.said(said)}")
    case.note(f"no record: {state_disk.said(said)}")
