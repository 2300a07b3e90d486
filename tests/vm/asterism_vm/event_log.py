# SPDX-License-Identifier: Apache-2.0
"""The firmware's event log of a running machine, taken out of its memory from outside: no program in the guest helps.

OVMF keeps the log in memory that the system leaves alone. It is looked for by its header; a copy counts only if it
parses to its end and replays to the PCRs that the TPM holds. Source: TCG PC Client Platform Firmware Profile 1.06,
section 10.2.
"""

import hashlib
import json
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .base import VmError
from .pcrs import BANKS, Extend, Pcrs
from .vm import Vm

_SIGNATURE = b"Spec ID Event03\0"
_SIGNATURE_AT = 32
_NO_ACTION = 3
_MAX_LOG = 256 << 10
_MAX_EVENT = 64 << 10
_CHUNK = 64 << 20
# What only the firmware extends: systemd measures into others once the kernel runs.
_FIRMWARE_PCRS = range(8)
_PHASES = ("enter-initrd", "leave-initrd", "sysinit", "ready", "shutdown", "final")


@dataclass(frozen=True)
class Record:
    """One event: digests per bank, by the names of pcrs.BANKS."""

    pcr: int
    type: int
    digests: dict[str, bytes]


def parse(memory: bytes, start: int) -> tuple[bytes, list[Record]]:
    """The log that begins at `start`, without what lies behind it, and its events. Raises ValueError where there is none."""
    try:
        return _parse(memory, start)
    except struct.error:
        raise ValueError("the log is cut off") from None


def _parse(memory: bytes, start: int) -> tuple[bytes, list[Record]]:
    pcr, kind, digest, size = struct.unpack_from("<II20sI", memory, start)
    if (pcr, kind, digest) != (0, _NO_ACTION, bytes(20)) or not 29 <= size <= 512:
        raise ValueError("no header")
    count = struct.unpack_from("<I", memory, start + 56)[0]
    if not 1 <= count <= 8 or 28 + 4 * count >= size:
        raise ValueError("no list of algorithms")
    sizes = dict(struct.unpack_from("<HH", memory, start + 60 + 4 * index) for index in range(count))
    at, records = start + 32 + size, []
    while at - start < _MAX_LOG:
        pcr, kind, digests = struct.unpack_from("<III", memory, at)
        if pcr == 0xFFFFFFFF or (pcr, kind, digests) == (0, 0, 0):
            return memory[start:at], records
        if pcr >= 24 or digests != count:
            raise ValueError(f"no event at offset {at - start}")
        end, found = at + 12, {}
        for _ in range(digests):
            algorithm = struct.unpack_from("<H", memory, end)[0]
            if algorithm not in sizes:
                raise ValueError(f"a digest of unknown algorithm at offset {end - start}")
            found[BANKS.get(algorithm, str(algorithm))] = memory[end + 2 : end + 2 + sizes[algorithm]]
            end += 2 + sizes[algorithm]
        length = struct.unpack_from("<I", memory, end)[0]
        if length > _MAX_EVENT or end + 4 + length > len(memory):
            raise ValueError(f"an event of {length} bytes at offset {at - start}")
        records.append(Record(pcr, kind, found))
        at = end + 4 + length
    raise ValueError("the log has no end")


def candidates(memory: bytes) -> Iterator[bytes]:
    """Every log in a piece of memory, longest first at each place where one begins."""
    at = memory.find(_SIGNATURE)
    while at != -1:
        if at >= _SIGNATURE_AT:
            try:
                yield parse(memory, at - _SIGNATURE_AT)[0]
            except ValueError:
                pass
        at = memory.find(_SIGNATURE, at + 1)


def replays_to(log: bytes, pcrs: Pcrs) -> bool:
    """Whether the log gives the PCRs of the firmware, in every bank that both have."""
    _, records = parse(log + b"\xff" * 16, 0)
    for bank in BANKS.values():
        if records and bank not in records[0].digests:
            continue
        values = [bytes(hashlib.new(bank).digest_size) for _ in range(24)]
        for record in records:
            if record.type != _NO_ACTION:
                values[record.pcr] = hashlib.new(bank, values[record.pcr] + record.digests[bank]).digest()
        if any(values[index] != pcrs.of(bank, index) for index in _FIRMWARE_PCRS):
            return False
    return bool(records)


def choose(found: Iterable[bytes], pcrs: Pcrs) -> bytes:
    """The log that is true to the TPM. Raises VmError if none is."""
    logs = set(found)
    for log in sorted(logs, key=len, reverse=True):
        if replays_to(log, pcrs):
            return log
    raise VmError(f"{len(logs)} event logs in the machine's memory, and none replays to the TPM's PCR 0 to 7")


def userspace(log: bytes, extends: list[Extend]) -> str:
    """systemd's log as it would be, from the TPM's commands: what was extended after the firmware's own events.

    Phases are named, since their digests are those of known words; of others only the digests are there.
    """
    _, records = parse(log + b"\xff" * 16, 0)
    left: dict[int, int] = {}
    for record in records:
        if record.type != _NO_ACTION:
            left[record.pcr] = left.get(record.pcr, 0) + 1
    lines = []
    for extend in extends:
        if left.get(extend.pcr, 0) > 0:
            left[extend.pcr] -= 1
            continue
        words = {hashlib.sha256(word.encode()).digest(): word for word in _PHASES}
        word = words.get(extend.digests.get("sha256", b""))
        content = {"string": word, "eventType": "phase"} if word else {}
        digests = [{"hashAlg": bank, "digest": value.hex()} for bank, value in extend.digests.items()]
        lines.append("\x1e" + json.dumps({"pcr": extend.pcr, "digests": digests, "content_type": "systemd", "content": content}) + "\n")
    return "".join(lines)


def search(vm: Vm, folder: Path) -> list[bytes]:
    """All logs in the memory of a running machine, which is stopped meanwhile. Looks from the top, where firmware keeps it."""
    vm.qmp.execute("stop")
    dump, found, end = folder / "memory", [], vm.machine.memory_mib << 20
    while end > 0 and not found:
        start = max(0, end - _CHUNK)
        size = min(_CHUNK + _MAX_LOG, (vm.machine.memory_mib << 20) - start)
        vm.qmp.execute("pmemsave", {"val": start, "size": size, "filename": str(dump)})
        found = list(candidates(dump.read_bytes()))
        dump.unlink()
        end = start
    vm.qmp.execute("cont")
    return found
