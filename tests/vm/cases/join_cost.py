# SPDX-License-Identifier: Apache-2.0
"""What joining costs at start-up: the time that the initramfs takes with attestation, join and state disk, and without them.

Both boots have the release's kernel, initramfs and root. The one without has a UKI with drop-ins that leave the units out.
"""

import re

from asterism_vm import disk
from asterism_vm.case import Case
from asterism_vm.cluster import Cluster
from asterism_vm.image import Image
from asterism_vm.machine import Disk
from asterism_vm.uki import Parts
from asterism_vm.vm import Vm

from .join import wait_joined
from .refusal import UKI_FOLDER

_SIZE = 6 << 30
_KERNEL = re.compile(rb"EFI stub: Loaded initrd")
# systemd resets the terminal when it starts: once in the initramfs, once in the root.
_SWITCHED = re.compile(rb"\x1b\[!p.{1,60000}?\x1b\[!p", re.DOTALL)
_LEFT_OUT = ("asterism-join-agent.service", "asterism-disk-mapper.service")


def _initramfs_seconds(vm: Vm) -> float:
    """From the kernel's first word to the first of the root's systemd."""
    vm.expect(_KERNEL)
    started = vm.seconds()
    vm.expect(_SWITCHED)
    return vm.seconds() - started


def run(case: Case) -> None:
    image = Image.release()
    path = disk.copy(image.raw, case.folder / "disk.raw", size=_SIZE)
    alone = disk.copy(image.raw, case.folder / "alone.raw", size=_SIZE)
    esp = disk.Esp(alone)
    (name,) = esp.list(UKI_FOLDER)
    esp.write(f"{UKI_FOLDER}/{name}", Parts(image, case.folder / "parts").without("alone", *_LEFT_OUT))
    with Cluster(case, image) as cluster:
        cluster.give_tpm(case.folder)
        cluster.document(path)
        with case.vm(image, Disk(path, snapshot=False), case.variables(image.keys()), "made", network=True) as vm:
            wait_joined(case, cluster, vm, "made")
            vm.shutdown()
        with case.vm(image, Disk(alone), case.variables(None), "alone", network=True) as vm:
            without = _initramfs_seconds(vm)
            case.require("state disk" not in vm.console.text() and "join-agent" not in vm.console.text(), "the units were not left out")
        with case.vm(image, Disk(path, snapshot=False), case.variables(image.keys()), "joined", network=True) as vm:
            joined = _initramfs_seconds(vm)
            wait_joined(case, cluster, vm, "opened")
    case.note(f"initramfs: joined {joined:.2f} s, alone {without:.2f} s, ratio {joined / without:.3f}")
