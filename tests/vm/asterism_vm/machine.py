# SPDX-License-Identifier: Apache-2.0
"""The virtual hardware, as data and as QEMU's command line."""

from dataclasses import dataclass
from pathlib import Path

FIRMWARE = Path("/usr/share/OVMF/OVMF_CODE_4M.secboot.fd")

_BUSES = {
    "virtio-blk": ["-device", "virtio-blk-pci,drive=disk{n},serial=disk{n}{boot}"],
    "virtio-scsi": ["-device", "virtio-scsi-pci,id=scsi{n}", "-device", "scsi-hd,bus=scsi{n}.0,drive=disk{n},serial=disk{n}{boot}"],
    "nvme": ["-device", "nvme,drive=disk{n},serial=disk{n}{boot}"],
}


@dataclass(frozen=True)
class Disk:
    """snapshot: the file is not written; what the machine writes is lost when it ends."""

    path: Path
    format: str = "raw"
    bus: str = "virtio-blk"
    snapshot: bool = True

    def arguments(self, number: int) -> list[str]:
        drive = f"file={str(self.path).replace(',', ',,')},format={self.format},if=none,id=disk{number},discard=unmap,cache=unsafe"
        drive += ",snapshot=on" if self.snapshot else ""
        # A boot index keeps firmware from trying the network first, which PCR 4 would show.
        boot = f",bootindex={number}"
        return ["-drive", drive, *(word.format(n=number, boot=boot) for word in _BUSES[self.bus])]


@dataclass(frozen=True)
class Machine:
    """variables: the private, writable copy of a variable store."""

    disk: Disk
    variables: Path
    second_disk: Disk | None = None
    memory_mib: int = 2048
    cpus: int = 2
    accelerator: str = "tcg,thread=multi"
    may_restart: bool = False  # else a restart, wanted or by a panic, ends the machine
    network: bool = False  # else the network card reaches nothing; 10.0.2.2 is this machine's loopback address
    forwards: tuple[str, ...] = ()  # ports of the guest that this machine listens on for it, as QEMU's hostfwd= has them
    firmware: Path = FIRMWARE
    smm: bool = True  # False for firmware that is built without
    extra: tuple[str, ...] = ()  # further words of QEMU's command line

    def arguments(self, *, tpm_socket: Path) -> list[str]:
        """All but the serial line and the control connection. -nodefaults: nothing that would measure anything but the image."""
        words = ["qemu-system-x86_64", "-machine", f"q35,smm={'on' if self.smm else 'off'}", "-accel", self.accelerator, "-smp", str(self.cpus)]
        words += ["-cpu", "host" if self.accelerator.startswith("kvm") else "max", "-m", str(self.memory_mib)]
        words += ["-nodefaults", "-no-user-config", "-display", "none", *([] if self.may_restart else ["-no-reboot"])]
        words += ["-global", "driver=cfi.pflash01,property=secure,value=on"] if self.smm else []
        words += ["-drive", f"if=pflash,unit=0,format=raw,readonly=on,file={self.firmware}"]
        words += ["-drive", f"if=pflash,unit=1,format=raw,file={self.variables}"]
        words += ["-chardev", f"socket,id=tpm,path={tpm_socket}", "-tpmdev", "emulator,id=tpm,chardev=tpm"]
        words += ["-device", "tpm-crb,tpmdev=tpm", "-device", "virtio-rng-pci"]
        forwards = "".join(f",hostfwd={forward}" for forward in self.forwards)
        words += ["-netdev", f"user,id=net,restrict={'off' if self.network else 'on'}{forwards}", "-device", "virtio-net-pci,netdev=net,romfile="]
        words += self.disk.arguments(1)
        words += self.second_disk.arguments(2) if self.second_disk else []
        return [*words, *self.extra]
