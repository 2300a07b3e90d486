# SPDX-License-Identifier: Apache-2.0
"""Hardware virtualisation where it works. A /dev/kvm that opens proves nothing: a kernel must really have run on it."""

import json
import os
import struct
import subprocess
from pathlib import Path

from .base import BUILD, VmError

TCG = "tcg,thread=multi"
_PROBE_TIMEOUT = 15.0
_SECTIONS_AT, _MAX_SECTIONS = 24, 96


def kernel_of(uki: Path) -> bytes:
    """The .linux section of a UKI."""
    data = uki.read_bytes()
    try:
        header = struct.unpack_from("<I", data, 0x3C)[0]
        count, optional = struct.unpack_from("<H", data, header + 6)[0], struct.unpack_from("<H", data, header + 20)[0]
        for index in range(min(count, _MAX_SECTIONS)):
            entry = header + _SECTIONS_AT + optional + 40 * index
            name, virtual, _, raw, offset = struct.unpack_from("<8sIIII", data, entry)
            if name == b".linux\0\0":
                return data[offset : offset + min(raw, virtual)]
    except struct.error:
        raise VmError(f"{uki}: not a PE file") from None
    raise VmError(f"{uki}: no .linux section")


def _kernel_runs(kernel: Path) -> bool:
    """A kernel without a root file system panics: when it says so under KVM, two processors and all, KVM works."""
    words = ["qemu-system-x86_64", "-machine", "q35", "-accel", "kvm", "-cpu", "host", "-smp", "2", "-m", "512", "-nodefaults"]
    words += ["-display", "none", "-no-reboot", "-serial", "stdio", "-kernel", str(kernel), "-append", "console=ttyS0 panic=-1"]
    try:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PROBE_TIMEOUT, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and b"Unable to mount root fs" in done.stdout


def choose(uki: Path) -> str:
    """QEMU's -accel value. ASTERISM_ACCEL=kvm or tcg decides it; else the answer of this boot of the host is remembered."""
    wanted = os.environ.get("ASTERISM_ACCEL", "")
    if wanted not in ("", "kvm", "tcg"):
        raise VmError(f"ASTERISM_ACCEL={wanted}: the values are kvm and tcg")
    if wanted:
        return TCG if wanted == "tcg" else "kvm"
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return TCG
    memory = BUILD / "vm" / "accelerator.json"
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    try:
        known = json.loads(memory.read_text())
        if known["boot"] == boot and known["accelerator"] in ("kvm", TCG):
            return known["accelerator"]
    except (OSError, ValueError, KeyError, TypeError):
        pass
    memory.parent.mkdir(parents=True, exist_ok=True)
    kernel = memory.with_name("probe-kernel")
    kernel.write_bytes(kernel_of(uki))
    found = "kvm" if _kernel_runs(kernel) else TCG
    kernel.unlink()
    memory.write_text(json.dumps({"boot": boot, "accelerator": found}) + "\n")
    return found
