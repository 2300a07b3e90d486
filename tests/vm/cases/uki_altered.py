# SPDX-License-Identifier: Apache-2.0
"""A byte of the UKI is inverted, in the middle of the file: the firmware does not start it."""

from asterism_vm import disk
from asterism_vm.case import Case
from asterism_vm.image import Image

from .refusal import UKI_FOLDER, check_refused


def run(case: Case) -> None:
    image = Image.release()
    altered = disk.copy(image.raw, case.folder / "disk.raw")
    esp = disk.Esp(altered)
    (name,) = esp.list(UKI_FOLDER)
    uki = case.folder / "altered.efi"
    uki.write_bytes(esp.read(f"{UKI_FOLDER}/{name}"))
    offset = uki.stat().st_size // 2
    before, after = disk.flip(uki, offset)
    esp.write(f"{UKI_FOLDER}/{name}", uki)
    case.note(f"byte {offset} of {name}: 0x{before:02x} -> 0x{after:02x}")
    check_refused(case, image, altered)
