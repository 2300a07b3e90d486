# SPDX-License-Identifier: Apache-2.0
"""The disk.raw of the GCP archive boots as it is, on the kind of disk that its cloud has."""

from asterism_vm.case import Case
from asterism_vm.image import Image

from .containers import GCP, container


def run(case: Case) -> None:
    image = Image.release()
    with case.vm(image, container(case, image, GCP), case.variables(image.keys())) as vm:
        case.boot(vm)
