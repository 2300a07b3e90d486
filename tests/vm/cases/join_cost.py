# SPDX-License-Identifier: Apache-2.0
"""What joining costs at start-up: the time that the initramfs takes with attestation, join and state disk, and without them.

Both boots have the release's kernel, initramfs and root. The one without has a UKI with drop-ins that leave the units out. Each is
timed twice by its own clock: as fast as emulation goes, and on a machine with one processor that runs exactly one instruction a
nanosecond and waits as long as it takes outside. The second is what a slow real machine would take.
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
_START_UP = re.compile(rb"start-up +kernel ([\d.]+) s, initramfs ([\d.]+) s")
_LEFT_OUT = ("asterism-join-agent.service", "asterism-disk-mapper.service")
_SPEEDS: dict[str, dict[str, object]] = {
    "emulated": {},
    "counted": {"cpus": 1, "accelerator": "tcg,thread=single", "extra": ("-icount", "shift=0,sleep=on")},
}


def _initramfs_seconds(vm: Vm) -> float:
    """As the node's console says."""
    vm.expect(_START_UP)
    return float(_START_UP.search(vm.console.since(0))[2])


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
        for speed, hardware in _SPEEDS.items():
            with case.vm(image, Disk(alone), case.variables(None), f"alone-{speed}", network=True, **hardware) as vm:
                without = _initramfs_seconds(vm)
                said = vm.console.text()
                case.require("disk-mapper:" not in said and "join-agent:" not in said, "the units were not left out")
            with case.vm(image, Disk(path), case.variables(image.keys()), f"joined-{speed}", network=True, **hardware) as vm:
                wait_joined(case, cluster, vm, "opened")
                joined = _initramfs_seconds(vm)
            case.note(f"initramfs, {speed}: joined {joined:.2f} s, alone {without:.2f} s, "
                      f"{joined - without:.2f} s more, ratio {joined / without:.3f}")
