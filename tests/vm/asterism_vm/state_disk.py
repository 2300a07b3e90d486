# SPDX-License-Identifier: Apache-2.0
"""A node that is only its state disk: the release image's kernel, initramfs and agent, with the key on a second disk in the place of a TPM."""

import re
import shutil
import time
from pathlib import Path

from .base import VmError
from .case import Case
from .guest import DONE, Guest, GuestSystem
from .image import Image

_TIMEOUT = 400.0

OPEN = """
mkdir -p /usr/lib/asterism /sysroot /var /etc; mount -t tmpfs root /sysroot; mkdir -p /sysroot/var
echo VARIANT_ID=debug > /etc/initrd-release
cat > /tmp/config.json <<E
{"devices": ["serial:state"], "mount": "/sysroot/var", "key": {"provider": "file", "path": "/dev/vdb"},
 "new_recovery_key": "none", "initial_mib": 256, "step_mib": 128, "share_percent": 50}
E
mapper() { /usr/lib/asterism/disk-mapper "$@"; }
echo guest: opening
"""
OPENED = """
mapper open --config=/tmp/config.json && echo guest: mounted
mount --bind /sysroot/var /var
"""
_CHECK = """
if [ -f /var/sum ]; then (cd /var && sha256sum --quiet -c sum) && echo data: intact; fi
"""
_CLOSE = """
mapper status
echo blocks: $(stat -f -c %b /var)
[ -f /var/counter ] && echo counter: $(cat /var/counter)
umount /var; umount /sysroot/var
e2fsck -fn /dev/mapper/state >/tmp/fsck 2>&1 && echo file system: clean || cat /tmp/fsck
"""
WRITE = OPEN + OPENED + "dd if=/dev/urandom of=/var/file bs=1M count=16 conv=fsync 2>/dev/null; (cd /var && sha256sum file > sum); sync\n" + _CLOSE
READ = OPEN + OPENED + _CHECK + _CLOSE
GROW = OPEN + OPENED + _CHECK + "mapper grow --config=/tmp/config.json; echo grown: $?\n" + _CLOSE
GROW_AND_WRITE = OPEN + OPENED + """
echo guest: growing
mapper grow --config=/tmp/config.json & i=$(cat /var/counter 2>/dev/null || echo 0)
while true; do i=$((i + 1)); echo $i > /var/counter.new; sync /var/counter.new; mv /var/counter.new /var/counter; sync /var; echo "ack: $i."; done
"""
# Opens a disk until it is mounted or the program waits for a recovery key; $1: the disk's serial number.
_TRY = """
try() {
  echo "row: $1 begin"
  echo "{\\"devices\\": [\\"serial:$1\\"], \\"mount\\": \\"/sysroot/var\\", \\"key\\": {\\"provider\\": \\"file\\", \\"path\\": \\"/dev/vdb\\"},
    \\"new_recovery_key\\": \\"none\\", \\"initial_mib\\": 256, \\"step_mib\\": 128, \\"share_percent\\": 50}" > /tmp/try.json
  mapper open --config=/tmp/try.json >/tmp/said 2>&1 & local pid=$! left=600
  while [ -d /proc/$pid ] && ! grep -q "waiting for a recovery key" /tmp/said && [ $((left -= 1)) -gt 0 ]; do sleep 0.2; done
  cat /tmp/said
  grep -q "waiting for a recovery key" /tmp/said && [ -d /proc/$pid ] && echo "waits"
  kill $pid 2>/dev/null; wait $pid 2>/dev/null
  if grep -q /sysroot/var /proc/mounts; then
    echo "mounted"
    (cd /sysroot/var && sha256sum --quiet -c sum) && echo "data: intact"
    umount /sysroot/var
  fi
  for device in state state-auth state-auth_dif; do dmsetup remove $device 2>/dev/null; done
  echo "row: $1 end"
}
"""
REFUSE = OPEN + _TRY + "try state\n"


def said(console: str) -> str:
    """The program's own line, for notes."""
    lines = [line.strip() for line in console.splitlines() if "disk-mapper:" in line]
    return lines[0][:200] if lines else "(nothing)"


class Node:
    def __init__(self, case: Case):
        self._case = case
        self._system = GuestSystem(Image.release(), case.folder, [])
        self._scripts: dict[str, Path] = {}
        self._boots = 0
        self.disk, self._key = case.folder / "state.raw", case.folder / "key.raw"

    def new_disk(self, size: int) -> None:
        """A blank disk, and a node without a record."""
        self.disk.unlink(missing_ok=True)
        with self.disk.open("wb") as file:
            file.truncate(size)
        self.forget()

    def forget(self) -> None:
        self._key.write_bytes(bytes(1 << 20))

    def keep(self) -> None:
        for path in (self.disk, self._key):
            shutil.copy(path, path.with_suffix(".kept"))

    def restore(self) -> None:
        for path in (self.disk, self._key):
            shutil.copy(path.with_suffix(".kept"), path)

    def boot_many(self, disks: list[Path], serials: list[str]) -> str:
        """One boot that tries to open disk after disk (serial number: the file's stem); what the console showed, between row marks."""
        ready = f"while [ $(ls /sys/class/block | grep -c '^vd.$') -lt {len(disks) + 2} ]; do sleep 0.2; done\n"
        tries = "".join(f"try {serial}\n" for serial in serials)
        return self._run(OPEN + _TRY + ready + tries, disks)

    def _guest(self, script: str, more: list[Path] | None = None) -> Guest:
        if script not in self._scripts:
            self._scripts[script] = self._system.initramfs(script, str(len(self._scripts)))
        self._boots += 1
        return Guest(self._system, self._scripts[script], [self.disk, self._key, *(more or [])], self._case.folder / f"console-{self._boots}.log")

    def boot(self, script: str) -> str:
        """One boot to its end; what the console showed."""
        return self._run(script, [])

    def _run(self, script: str, more: list[Path]) -> str:
        with self._guest(script, more) as guest:
            if not guest.wait(DONE, _TIMEOUT * (1 + len(more))):
                raise VmError(f"the guest ended early; last: {guest.console.last_line()}; log: {guest.console.log}")
            return guest.console.text()

    def time_of_first_boot(self) -> float:
        """Seconds from the start of the program to its end."""
        with self._guest(WRITE) as guest:
            guest.wait(re.compile(rb"guest: opening"), _TIMEOUT)
            start = time.monotonic()
            guest.wait(re.compile(rb"guest: mounted"), _TIMEOUT)
            return time.monotonic() - start

    def cut(self, script: str, mark: re.Pattern[bytes], delay: float) -> int:
        """Pulls the plug `delay` seconds after the mark; the last number that was acknowledged."""
        with self._guest(script) as guest:
            if not guest.wait(mark, _TIMEOUT):
                raise VmError(f"the guest ended early; log: {guest.console.log}")
            time.sleep(delay)  # the moment is the point: nothing to wait for
            guest.power_cut()
            guest.wait(re.compile(rb"\xff never \xff"), _TIMEOUT)
            found = re.findall(r"ack: (\d+)\.", guest.console.text())
            return int(found[-1]) if found else 0
