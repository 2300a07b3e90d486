# SPDX-License-Identifier: Apache-2.0
"""The clouds' disk formats: each well-formed, and each holding the image's bytes. Also what the tests that boot them use."""

import json
import tarfile
from pathlib import Path

from asterism_vm.base import VmError, tool
from asterism_vm.case import Case
from asterism_vm.image import Image
from asterism_vm.machine import Disk

_MIB = 1 << 20
# suffix -> QEMU's name of the format
FORMATS = {"qcow2": "qcow2", "vmdk": "vmdk", "vhd": "vpc"}
GCP = "gcp.tar.gz"
# The kind of disk that the container's cloud shows to the node, as near as QEMU comes to it.
_BUSES = {"qcow2": "virtio-blk", "vmdk": "nvme", "vhd": "virtio-scsi", GCP: "virtio-scsi"}


def unpack_gcp(archive: Path, target: Path) -> Path:
    """Checks that the archive is GNU tar with disk.raw alone, as GCP wants it, and unpacks it sparsely."""
    with tarfile.open(archive, "r:gz") as tar:
        members = tar.getmembers()
        if [member.name for member in members] != ["disk.raw"] or not members[0].isreg():
            raise VmError(f"{archive}: holds {[member.name for member in members]}, not disk.raw alone")
        if members[0].size % (1 << 30):
            raise VmError(f"{archive}: disk.raw has {members[0].size} bytes; GCP takes whole GiB")
        content = tar.extractfile(members[0])
        assert content is not None
        with target.open("wb") as out:
            while block := content.read(_MIB):
                if block.count(0) == len(block):
                    out.seek(len(block), 1)
                else:
                    out.write(block)
            out.truncate(members[0].size)
    return target


def container(case: Case, image: Image, suffix: str) -> Disk:
    """The disk that a machine gets from this container."""
    if suffix == GCP:
        return Disk(unpack_gcp(image.file(GCP), case.folder / "disk.raw"), bus=_BUSES[GCP])
    return Disk(image.file(suffix), FORMATS[suffix], bus=_BUSES[suffix])


def run(case: Case) -> None:
    image = Image.release()
    for suffix in (*FORMATS, GCP):
        disk = container(case, image, suffix)
        info = json.loads(tool(["qemu-img", "info", "--output=json", "-f", disk.format, disk.path], what=f"{suffix}: info"))
        if suffix == "vmdk":
            kind = info["format-specific"]["data"]["create-type"]
            case.require(kind == "streamOptimized", f"{disk.path}: a VMDK of type {kind}, not streamOptimized")
        if suffix == "vhd":
            size = disk.path.stat().st_size - 512
            case.require(size % _MIB == 0, f"{disk.path}: {size} bytes before the footer, not whole MiB")
        if suffix in ("qcow2", "vmdk"):
            tool(["qemu-img", "check", "-f", disk.format, disk.path], what=f"{suffix}: check")
        tool(["qemu-img", "compare", "-f", "raw", "-F", disk.format, image.raw, disk.path], what=f"{suffix}: comparing with the raw image")
        case.note(f"{suffix}: {info['virtual-size']} bytes, the same content")
