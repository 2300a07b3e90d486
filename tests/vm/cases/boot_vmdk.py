# SPDX-License-Identifier: Apache-2.0
"""The vmdk container boots as it is, on the kind of disk that its cloud has."""

from asterism_vm.case import Case
from asterism_vm.image import Image

from .containers import container


def run(case: Case) -> None:
    image = Image.release()
    with case.vm(image, container(case, image, "vmdk"), case.variables(image.keys())) as vm:
        case.boot(vm)
