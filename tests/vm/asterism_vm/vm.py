# SPDX-License-Identifier: Apache-2.0
"""One power-on of a machine: from start to power cut, shutdown or panic. Waits for events, never for time to pass."""

import os
import re
import selectors
import socket
import subprocess
import time
from pathlib import Path

from .base import READY, READY_TIMEOUT, STOP_TIMEOUT, VmError
from .console import Console
from .machine import Machine
from .qmp import Qmp
from .swtpm import Swtpm


class Vm:
    """Use as a context manager; at its end nothing of the machine runs any more.

    folder: holds tpm/ (the TPM's persistent memory, kept from one power-on to the next) and the logs of this
    power-on, console-<name>.log, tpm-<name>.log and qemu-<name>.log.
    """

    def __init__(self, machine: Machine, folder: Path, name: str = "1"):
        self.machine, self.name = machine, name
        self.tpm = Swtpm(folder / "tpm", folder / f"tpm-{name}.log", folder / "tpm.socket")
        self._console_log, self._qemu_log = folder / f"console-{name}.log", folder / f"qemu-{name}.log"

    def __enter__(self) -> "Vm":
        self.tpm.start()
        ours, theirs = zip(socket.socketpair(), socket.socketpair(), strict=True)
        self.console, self.qmp = Console(ours[0], self._console_log), Qmp(ours[1])
        words = ["setpriv", "--pdeathsig", "KILL", "--", *self.machine.arguments(tpm_socket=self.tpm.control)]
        words += ["-chardev", f"socket,id=serial,fd={theirs[0].fileno()}", "-serial", "chardev:serial"]
        words += ["-chardev", f"socket,id=qmp,fd={theirs[1].fileno()}", "-mon", "chardev=qmp,mode=control"]
        with self._qemu_log.open("wb") as log:
            self._qemu = subprocess.Popen(
                words, pass_fds=[end.fileno() for end in theirs], stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        self._started = time.monotonic()
        self._pidfd = os.pidfd_open(self._qemu.pid)
        for end in theirs:
            end.close()
        try:
            self.qmp.execute("qmp_capabilities")
        except VmError:
            try:
                self._check_started()
            finally:
                self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.power_cut()
        self.tpm.stop()
        os.close(self._pidfd)
        self.console.close()
        self.qmp.close()

    def seconds(self) -> float:
        """Since power-on."""
        return time.monotonic() - self._started

    def wait(self, *patterns: re.Pattern[bytes], timeout: float) -> re.Pattern[bytes] | None:
        """The first of `patterns` to appear on the console since power-on, or None once the machine has ended without."""
        deadline = time.monotonic() + timeout
        with selectors.DefaultSelector() as selector:
            for source in (self.console, self.qmp):
                if not source.closed:
                    selector.register(source, selectors.EVENT_READ)
            selector.register(self._pidfd, selectors.EVENT_READ)
            while True:
                for pattern in patterns:
                    if self.console.find(pattern):
                        return pattern
                ready = {key.fileobj for key, _ in selector.select(max(0.0, deadline - time.monotonic()))}
                for source in (self.console, self.qmp):
                    if source in ready:
                        source.pump()
                        if source.closed:
                            selector.unregister(source)
                if ready == {self._pidfd}:  # ended, and everything it wrote was searched
                    self._check_started()
                    return None
                elif time.monotonic() > deadline:
                    wanted = " or ".join(repr(p.pattern.decode(errors="replace")) for p in patterns)
                    missed = f"no {wanted}" if wanted else "the machine did not end"
                    raise VmError(f"{missed} within {timeout:.0f} s; last on the console: {self.console.last_line()}; {self.logs()}")

    def has_ended(self, *, within: float) -> bool:
        """Takes in what the machine says for that many seconds; whether it has ended by then."""
        try:
            self.wait(timeout=within)
        except VmError:
            return False
        return True

    def _check_started(self) -> None:
        """A QEMU that refused its command line never was a machine that stopped."""
        if self._qemu.wait() != 0:
            text = self._qemu_log.read_text(errors="replace").strip().splitlines()
            raise VmError(f"QEMU failed with exit code {self._qemu.returncode}: {text[-1] if text else 'no output'}; log: {self._qemu_log}")

    def expect(self, pattern: re.Pattern[bytes] = READY, timeout: float = READY_TIMEOUT) -> None:
        if not self.wait(pattern, timeout=timeout):
            raise VmError(
                f"the machine ended ({self.qmp.stop_reason()}) before {pattern.pattern.decode()!r} appeared; "
                f"last on the console: {self.console.last_line()}; {self.logs()}"
            )

    def expect_end(self, *, never: re.Pattern[bytes] = READY, timeout: float = STOP_TIMEOUT) -> str | None:
        """Waits until the machine ends by itself; QEMU's reason. Fails if `never` appears."""
        if self.wait(never, timeout=timeout):
            raise VmError(f"{never.pattern.decode()!r} appeared on the console, though the machine had to stop; {self.logs()}")
        return self.qmp.stop_reason()

    def power_cut(self) -> None:
        """Off at once, as by pulling the plug. The TPM keeps its PCRs for Swtpm.read_pcrs until it is stopped."""
        if self._qemu.poll() is None:
            self._qemu.kill()
        self._qemu.wait()

    def shutdown(self, timeout: float = STOP_TIMEOUT) -> None:
        """Presses the power button and waits until the machine has switched itself off."""
        self.qmp.execute("system_powerdown")
        self.wait(timeout=timeout)
        if self.qmp.stop_reason() != "guest-shutdown":
            raise VmError(f"after the power button the machine ended by {self.qmp.stop_reason()}, not by switching itself off; {self.logs()}")

    def logs(self) -> str:
        return f"console log: {self._console_log}"
