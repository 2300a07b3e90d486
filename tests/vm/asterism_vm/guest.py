# SPDX-License-Identifier: Apache-2.0
"""Kernel and initramfs of a built UKI, with a script of the test in place of its first program: minutes of boots become seconds.

The script has a shell, device-mapper tools and the program under test from the tools tree; nothing of it is in any image.
"""

import re
import selectors
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pefile

from .base import VmError
from .console import Console
from .image import Image
from .initramfs import overlaid

_TOOLS = ("bash", "cat", "ls", "dd", "dmsetup", "cryptsetup", "e2fsck", "mount", "umount", "modprobe", "sync", "sleep", "sha256sum", "head",
          "stat", "mkdir", "ln", "mv", "rm", "grep", "cmp", "kill", "truncate", "resize2fs", "mke2fs", "date", "blockdev")
_MODULES = "virtio_pci virtio_blk dm-mod dm-crypt dm-integrity xts authenc sha256-ssse3 aesni-intel algif_skcipher algif_hash ext4"
_PRELUDE = f"""#!/test/bin/bash
export PATH=/test/bin:/usr/bin:/usr/sbin DM_DISABLE_UDEV=1
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev; mount -t tmpfs run /run; mount -t tmpfs tmp /tmp
exec </dev/console >/dev/console 2>&1
for module in {_MODULES}; do modprobe $module 2>/dev/null; done
for i in 1 2 3 4 5 6 7 8 9 10; do [ -b /dev/vda ] && [ -b /dev/vdb ] && break; sleep 0.2; done
"""
_END = "\necho guest: done\nsync\necho o > /proc/sysrq-trigger\nsleep 60\n"
DONE = re.compile(rb"guest: done")


class GuestSystem:
    """Kernel and initramfs in `folder`; programs: paths in the tools tree that go to /test/bin, beside the usual ones."""

    def __init__(self, image: Image, folder: Path, programs: list[Path]):
        self.folder = folder
        self.kernel, self._initrd = folder / "linux", folder / "initrd"
        uki = pefile.PE(str(image.file("efi")), fast_load=True)
        found = {section.Name.rstrip(b"\0"): section for section in uki.sections}
        for name, target in ((b".linux", self.kernel), (b".initrd", self._initrd)):
            target.write_bytes(found[name].get_data()[: found[name].Misc_VirtualSize])
        self._programs = [Path(found) for name in _TOOLS if (found := shutil.which(name))] + programs

    def initramfs(self, script: str, name: str) -> Path:
        """The UKI's initramfs, and behind it an archive that puts `script` in the place of /init."""
        root = self.folder / f"overlay-{name}"
        shutil.rmtree(root, ignore_errors=True)
        (root / "test/bin").mkdir(parents=True)
        for program in self._programs:
            shutil.copy2(program.resolve(), root / "test/bin" / program.name)
            for line in subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout.splitlines():
                if found := re.search(r"(/\S+)", line.split("=>")[-1]):
                    library = Path(found[1])
                    target = root / ("usr" + str(library) if library.parts[1].startswith("lib") else str(library)[1:])
                    if not target.exists():
                        target.parent.mkdir(parents=True, exist_ok=True)
                        shutil.copy2(library.resolve(), target)
        for path, text in (("init", _PRELUDE + script + _END),):
            (root / path).write_text(text)
            (root / path).chmod(0o755)
        result = self.folder / f"initramfs-{name}"
        result.write_bytes(overlaid(self._initrd.read_bytes(), root))
        shutil.rmtree(root)
        return result


class Guest:
    """One power-on. Use as a context manager; leaving it pulls the plug."""

    def __init__(self, system: GuestSystem, initramfs: Path, disks: list[Path], log: Path):
        # no_timer_check: on a busy host the emulated timer comes too late for the kernel's test of it, which then panics.
        self._words = ["qemu-system-x86_64", "-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "1024",
                       "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-kernel", str(system.kernel),
                       "-initrd", str(initramfs), "-append", "console=ttyS0 quiet panic=-1 no_timer_check"]
        for number, disk in enumerate(disks):
            self._words += ["-drive", f"file={disk},format=raw,if=none,id=d{number},cache=writeback,discard=unmap",
                            "-device", f"virtio-blk-pci,drive=d{number},serial={disk.stem}"]
        self._log = log

    def __enter__(self) -> "Guest":
        ours, theirs = socket.socketpair()
        self.console = Console(ours, self._log)
        words = ["setpriv", "--pdeathsig", "KILL", "--", *self._words, "-chardev", f"socket,id=s,fd={theirs.fileno()}", "-serial", "chardev:s"]
        self._qemu = subprocess.Popen(words, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        theirs.close()
        return self

    def __exit__(self, *_: object) -> None:
        self.power_cut()
        self.console.close()

    def power_cut(self) -> None:
        if self._qemu.poll() is None:
            self._qemu.kill()
        self._qemu.wait()

    def wait(self, pattern: re.Pattern[bytes], timeout: float) -> bool:
        """Whether it appeared before the machine ended. Raises VmError when the time is over."""
        deadline = time.monotonic() + timeout
        with selectors.DefaultSelector() as selector:
            selector.register(self.console, selectors.EVENT_READ)
            while not self.console.find(pattern):
                if self.console.closed:
                    return False
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise VmError(f"no {pattern.pattern.decode()!r} within {timeout:.0f} s; last: {self.console.last_line()}; log: {self._log}")
                self.console.pump()
        return True
