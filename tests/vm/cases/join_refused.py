# SPDX-License-Identifier: Apache-2.0
"""Nodes that must stay out of the cluster: each is refused before switch-root, with the reason in the audit log and on its console."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from asterism_vm import disk
from asterism_vm.base import READY, READY_TIMEOUT, Skip
from asterism_vm.case import Case
from asterism_vm.cluster import Cluster
from asterism_vm.image import Image
from asterism_vm.machine import Disk

from .refusal import UKI_FOLDER


def _replace(old: bytes, new: bytes) -> Callable[[Path], None]:
    """The same number of bytes, wherever they stand in the UKI: sections, and boot-guard's copy of the command line."""

    def alter(path: Path) -> None:
        esp = disk.Esp(path)
        (name,) = esp.list(UKI_FOLDER)
        uki = path.with_suffix(".efi")
        content = esp.read(f"{UKI_FOLDER}/{name}")
        if old not in content or len(old) != len(new):
            raise ValueError(f"{name} does not hold {old!r}")
        uki.write_bytes(content.replace(old, new))
        esp.write(f"{UKI_FOLDER}/{name}", uki)
        uki.unlink()

    return alter


@dataclass(frozen=True)
class Row:
    """reason: stands in the audit log under `outcome`, and in what the node's agent says. An altered UKI only starts
    without Secure Boot."""

    what: str
    outcome: str
    reason: str
    alter: Callable[[Path], None] | None = None
    debug: bool = False
    revoked: bool = False
    document: dict = field(default_factory=dict)


_ROWS = (
    Row("a name that the rules give to nobody", "name", "no rule allows the name 'master-1'", document={"name": "master-1"}),
    Row("a document of another cluster", "evidence", "extra_data", document={"cluster": "other.example"}),
    Row("an altered UKI", "evidence", "PCR 4 is", alter=_replace(b'PRETTY_NAME="Asterism', b'PRETTY_NAME="asterism')),
    Row("an altered command line", "evidence", "PCR 4 is", alter=_replace(b"lockdown=integrity", b"lockdown=none     ")),
    Row("the debug image", "evidence", "PCR 4 is", debug=True),
    Row("an image version that was revoked", "evidence", "revoked", revoked=True),
)


def _check(case: Case, cluster: Cluster, row: Row, number: int) -> None:
    image = Image.debug() if row.debug else Image.release()
    path = disk.copy(image.raw, case.folder / "disk.raw")
    if row.alter:
        row.alter(path)
    cluster.document(path, **row.document)
    if row.revoked:
        cluster.publish("revoked", 2)
        cluster.service.reload(1)
    variables = case.variables(None if row.alter else image.keys())
    with case.vm(image, Disk(path), variables, f"{number}", network=True, memory_mib=1536) as vm:
        vm.expect(re.compile(rb"join-agent: 10\.0\.2\.2:8445: [^\r\n]*" + re.escape(row.reason.encode())), READY_TIMEOUT)
        said = next(line for line in vm.console.text().splitlines() if "10.0.2.2:8445: " in line)
        case.require(not vm.console.find(READY) and "joined cluster" not in vm.console.text(), f"{row.what}: the node went on")
        case.require("state disk" not in vm.console.text(), f"{row.what}: the state disk was touched")
    line = cluster.service.next_line()
    case.require(line["outcome"] == row.outcome and row.reason in line["reason"], f"{row.what}: the audit log says {line}")
    case.note(f"{row.what}\n  console: {said.strip()}\n  audit log: {line['outcome']}: {line['reason']}")


def run(case: Case) -> None:
    missing = []
    with Cluster(case, Image.release()) as cluster:
        cluster.give_tpm(case.folder)
        for number, row in enumerate(_ROWS, 1):
            try:
                _check(case, cluster, row, number)
            except Skip as reason:
                missing.append(f"{row.what}: {reason}")
    if missing:
        raise Skip("; ".join(missing))
