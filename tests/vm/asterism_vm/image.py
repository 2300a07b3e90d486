# SPDX-License-Identifier: Apache-2.0
"""The files of one built image, as `make image` names them."""

from dataclasses import dataclass
from pathlib import Path

from .base import BUILD, SOURCE, Skip
from .varstore import SecureBootKeys


@dataclass(frozen=True)
class Image:
    """folder: build/image or another with the same names in it."""

    folder: Path
    version: str

    @classmethod
    def find(cls, folder: Path, *, how: str) -> "Image":
        """how: the command that makes it, for the person who reads why a test was skipped."""
        found = sorted(folder.glob("asterism_*.efi")) if folder.is_dir() else []
        if len(found) > 1:
            version = (SOURCE / "VERSION").read_text().strip()
            found = [path for path in found if path.name == f"asterism_{version}.efi"] or found[-1:]
        if not found:
            raise Skip(f"{folder} holds no image: run {how}")
        return cls(folder, found[0].name.removeprefix("asterism_").removesuffix(".efi"))

    @classmethod
    def release(cls) -> "Image":
        return cls.find(BUILD / "image", how="make image")

    @classmethod
    def debug(cls) -> "Image":
        return cls.find(BUILD / "image-debug", how="make debug-image")

    def file(self, suffix: str) -> Path:
        """The artefact asterism_<version>.<suffix>. Skips the test where it was not built."""
        path = self.folder / f"asterism_{self.version}.{suffix}"
        if not path.exists():
            raise Skip(f"{path} was not built")
        return path

    @property
    def raw(self) -> Path:
        return self.file("raw")

    def root_hash(self) -> str:
        return self.file("roothash").read_text().strip()

    def keys(self) -> SecureBootKeys:
        return SecureBootKeys.read(self.folder / "secure-boot")
