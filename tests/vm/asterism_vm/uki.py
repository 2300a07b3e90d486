# SPDX-License-Identifier: Apache-2.0
"""UKIs like a built one, but signed for the state disk by keys of the test, with any security version; or without some units."""

from dataclasses import dataclass
from pathlib import Path

import pefile

from .base import tool
from .image import Image
from .initramfs import overlaid
from .predict import PROGRAM

_STUB = "/usr/lib/systemd/boot/efi/linuxx64.efi.stub"


@dataclass(frozen=True)
class PolicyKey:
    private: Path
    public: Path

    @classmethod
    def make(cls, folder: Path, name: str) -> "PolicyKey":
        key = cls(folder / f"{name}.key", folder / f"{name}.pub")
        tool(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", key.private], what="making a policy key")
        tool(["openssl", "pkey", "-in", key.private, "-pubout", "-out", key.public], what="making a policy key")
        return key


class Parts:
    """The sections of an image's UKI as files, to be put together again."""

    def __init__(self, image: Image, folder: Path):
        self._folder = folder
        folder.mkdir()
        sections = {section.Name.rstrip(b"\0").decode(): section for section in pefile.PE(str(image.file("efi")), fast_load=True).sections}
        for name in ("linux", "initrd", "cmdline", "osrel", "uname"):
            section = sections[f".{name}"]
            (folder / name).write_bytes(section.get_data()[: section.Misc_VirtualSize])

    def _build(self, output: Path, *more: str | Path, initrd: Path | None = None) -> None:
        at = {name: f"@{self._folder / name}" for name in ("cmdline", "osrel", "uname")}
        words = ["ukify", "build", f"--linux={self._folder / 'linux'}", f"--initrd={initrd or self._folder / 'initrd'}", f"--cmdline={at['cmdline']}"]
        words += [f"--os-release={at['osrel']}", f"--uname={(self._folder / 'uname').read_text()}", f"--stub={_STUB}"]
        tool([*words, f"--output={output}", *more], what="building a UKI")

    def signed(self, name: str, key: PolicyKey, security_version: int, floor: int) -> Path:
        output, plain, signatures = (self._folder / f"{name}{end}" for end in (".efi", ".plain", ".json"))
        pcrpkey = f"--pcrpkey={key.public}"
        self._build(plain, pcrpkey)
        words = [PROGRAM, "sign-policy", plain, "--key", key.private, "--security-version", security_version, "--floor", floor]
        tool([*map(str, words), "--output", str(signatures)], what="signing a policy")
        self._build(output, pcrpkey, f"--section=.pcrsig:@{signatures}")
        return output

    def without(self, name: str, *units: str) -> Path:
        """One whose initramfs does not start these units, and has no signatures."""
        output, initrd, root = self._folder / f"{name}.efi", self._folder / f"{name}.initrd", self._folder / f"{name}.overlay"
        for unit in units:
            folder = root / f"etc/systemd/system/{unit}.d"
            folder.mkdir(parents=True)
            (folder / "50-left-out.conf").write_text("[Unit]\nConditionPathExists=/left-out\n")
        initrd.write_bytes(overlaid((self._folder / "initrd").read_bytes(), root))
        self._build(output, initrd=initrd)
        return output
