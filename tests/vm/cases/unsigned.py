# SPDX-License-Identifier: Apache-2.0
"""Takes the signature off a program of the ESP and shows that nothing starts. Shared by two tests; no test itself."""

from asterism_vm import disk
from asterism_vm.base import tool
from asterism_vm.case import Case
from asterism_vm.image import Image

from .refusal import check_refused


def check_unsigned_is_refused(case: Case, folder: str, name: str | None = None) -> None:
    """name: None for the only file of the folder."""
    image = Image.release()
    altered = disk.copy(image.raw, case.folder / "disk.raw")
    esp = disk.Esp(altered)
    if name is None:
        (name,) = esp.list(folder)
    program = case.folder / "unsigned.efi"
    program.write_bytes(esp.read(f"{folder}/{name}"))
    tool(["sbattach", "--remove", program], what=f"removing the signature of {name}")
    esp.write(f"{folder}/{name}", program)
    case.note(f"{folder}/{name} without its signature")
    check_refused(case, image, altered)
