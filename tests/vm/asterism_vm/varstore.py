# SPDX-License-Identifier: Apache-2.0
"""Firmware variable stores: with the owner's Secure Boot keys enrolled, or empty (Secure Boot off)."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from .base import VmError, tool

_EMPTY = Path("/usr/share/OVMF/OVMF_VARS_4M.fd")
_GLOBAL = "8be4df61-93ca-11d2-aa0d-00e098032b8c"
_SECURITY_DATABASE = "d719b2cb-3d3a-4596-a3bc-dad00e67656f"
_SECURE_BOOT_ENABLE = "f0a30bc7-af08-4556-99c4-001009c93a44"
_CUSTOM_MODE = "c076ec0c-7028-4399-a072-71ee5c448b9f"
# EDK2 keeps no variable's time of signing older than this one; any fixed time will do.
_TIME = "00" * 16
_NON_VOLATILE_BOOT, _RUNTIME, _TIME_BASED = 0x3, 0x4, 0x20

# What is enrolled, and where each variable lives. db last: order does not matter to firmware, only to readers.
_KEYS = {"PK": _GLOBAL, "KEK": _GLOBAL, "db": _SECURITY_DATABASE}
_GUIDS = _KEYS | {"dbx": _SECURITY_DATABASE}


@dataclass(frozen=True)
class SecureBootKeys:
    """The contents of the variables, byte for byte: EFI signature lists. dbx only where a test wants one."""

    lists: dict[str, bytes]

    @classmethod
    def read(cls, folder: Path) -> "SecureBootKeys":
        """Takes PK.esl, KEK.esl and db.esl, the enrolment files that the image build puts out."""
        try:
            return cls({name: (folder / f"{name}.esl").read_bytes() for name in _KEYS})
        except OSError as error:
            raise VmError(f"Secure Boot keys: {error.strerror}: {error.filename}: run make image") from None


def _variable(name: str, guid: str, data: bytes, attributes: int) -> dict[str, object]:
    entry = {"name": name, "guid": guid, "attr": attributes, "data": data.hex()}
    return entry | ({"time": _TIME} if attributes & _TIME_BASED else {})


def create_empty(target: Path) -> None:
    """A store as a machine has it that nobody has set up: Secure Boot is off."""
    shutil.copyfile(_EMPTY, target)


def create_enrolled(target: Path, keys: SecureBootKeys) -> None:
    """A store with exactly these keys and Secure Boot enforced."""
    variables = [
        _variable(name, _GUIDS[name], content, _NON_VOLATILE_BOOT | _RUNTIME | _TIME_BASED) for name, content in keys.lists.items()
    ]
    variables.append(_variable("SecureBootEnable", _SECURE_BOOT_ENABLE, b"\x01", _NON_VOLATILE_BOOT))
    variables.append(_variable("CustomMode", _CUSTOM_MODE, b"\x00", _NON_VOLATILE_BOOT))
    wanted = target.with_suffix(".json")
    wanted.write_text(json.dumps({"version": 2, "variables": variables}))
    tool(["virt-fw-vars", "--input", _EMPTY, "--set-json", wanted, "--output", target], what="enrolling Secure Boot keys")
    wanted.unlink()
    stored = read(target)
    for name, content in keys.lists.items():
        if stored.get(name) != content:
            raise VmError(f"enrolling Secure Boot keys: {target}: the variable {name} is not what {name}.esl holds")
    if "dbx" in stored and "dbx" not in keys.lists:
        raise VmError(f"enrolling Secure Boot keys: {target}: a dbx that nobody asked for")


def read(store: Path) -> dict[str, bytes]:
    """The variables of a store by name."""
    out = store.with_suffix(".read.json")
    tool(["virt-fw-vars", "--input", store, "--output-json", out], what="reading a variable store")
    content = json.loads(out.read_text())
    out.unlink()
    return {entry["name"]: bytes.fromhex(entry["data"]) for entry in content["variables"]}
