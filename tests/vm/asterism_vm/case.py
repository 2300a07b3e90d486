# SPDX-License-Identifier: Apache-2.0
"""What a boot test works with: a folder of its own, machines, assertions that read as sentences."""

import shutil
import time
from pathlib import Path

from . import accelerator, varstore
from .base import BUILD, Skip, VmError
from .image import Image
from .machine import Disk, Machine
from .vm import Vm


class Case:
    """folder: build/vm/<name>/, emptied at the start, removed after success, kept and named after failure."""

    def __init__(self, name: str):
        self.name = name
        self.folder = BUILD / "vm" / name
        self._started = time.monotonic()

    def __enter__(self) -> "Case":
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None or issubclass(kind, Skip):
            shutil.rmtree(self.folder)

    def note(self, text: str) -> None:
        print(f"[{time.monotonic() - self._started:5.1f} s] {text}", flush=True)

    def require(self, holds: bool, what: str) -> None:
        if not holds:
            raise VmError(what)

    def variables(self, keys: varstore.SecureBootKeys | None, name: str = "variables.fd") -> Path:
        """A private variable store: these keys enforced, or None: Secure Boot off."""
        store = self.folder / name
        if keys:
            varstore.create_enrolled(store, keys)
        else:
            varstore.create_empty(store)
        return store

    def vm(self, image: Image, disk: Disk, variables: Path, name: str = "1", **hardware: object) -> Vm:
        """A machine for one power-on. Machines of one case share the TPM's memory. hardware: further fields of Machine."""
        hardware.setdefault("accelerator", accelerator.choose(image.file("efi")))
        machine = Machine(disk, variables, **hardware)
        return Vm(machine, self.folder, name)

    def boot(self, vm: Vm) -> None:
        """Waits for readiness and says how long it took."""
        vm.expect()
        self.note(f"ready {vm.seconds():.0f} s after power-on ({vm.machine.accelerator.split(',')[0]}, {vm.machine.disk.path.name})")
