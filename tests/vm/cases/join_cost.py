# SPDX-License-Identifier: Apache-2.0
"""What joining costs at start-up: the same image, once on its own without a state disk, once as a node that joins and opens its disk."""

from asterism_vm import disk
from asterism_vm.case import Case
from asterism_vm.cluster import Cluster
from asterism_vm.image import Image
from asterism_vm.machine import Disk

from .join import wait_joined

_SIZE = 6 << 30


def run(case: Case) -> None:
    image = Image.release()
    with Cluster(case, image) as cluster:
        cluster.give_tpm(case.folder)
        path = disk.copy(image.raw, case.folder / "disk.raw", size=_SIZE)
        cluster.document(path)
        seconds = {}
        with case.vm(image, Disk(path, snapshot=False), case.variables(image.keys()), "made", network=True) as vm:
            wait_joined(case, cluster, vm, "made")
            vm.shutdown()
        with case.vm(image, Disk(image.raw), case.variables(image.keys()), "alone", network=True) as vm:
            case.boot(vm)
            seconds["alone"] = vm.seconds()
        with case.vm(image, Disk(path, snapshot=False), case.variables(image.keys()), "joined", network=True) as vm:
            wait_joined(case, cluster, vm, "opened")
            seconds["joined"] = vm.seconds()
    case.note(f"start-up: joined {seconds['joined']:.2f} s, alone {seconds['alone']:.2f} s, ratio {seconds['joined'] / seconds['alone']:.3f}")
