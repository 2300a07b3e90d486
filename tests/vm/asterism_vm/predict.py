# SPDX-License-Identifier: Apache-2.0
"""What `measured-boot predict` says about an image. The only module that knows the program's options and JSON."""

import json
from dataclasses import dataclass
from pathlib import Path

from .base import BUILD, VmError, tool
from .image import Image

PROGRAM = BUILD / "bin" / "measured-boot"
BANKS = ("sha256", "sha384")
# A node that is ready has been through all phases of systemd-pcrphase.
PHASE = "ready"
_SIZES = {"sha256": 32, "sha384": 48}


@dataclass(frozen=True)
class Event:
    """A measurement that the boot will make: its PCR, what it is, its digest per bank."""

    pcr: int
    what: str
    digests: dict[str, bytes]


@dataclass(frozen=True)
class Prediction:
    """values: bank -> PCR -> value at the end of the boot."""

    values: dict[str, dict[int, bytes]]
    events: list[Event]


def of(image: Image, *, secure_boot: bool, variables: Path) -> Prediction:
    """variables: the folder of signature lists, or the variable store, that the machine starts with."""
    state = "on" if secure_boot else "off"
    words = [PROGRAM, "predict", "--json", "--events", f"--secure-boot={state}", "--secure-boot-variables", variables, image.raw]
    return parse(tool(words, what=f"predicting {image.raw.name}, Secure Boot {state}"), state)


def parse(text: bytes, secure_boot: str) -> Prediction:
    """Raises VmError where the JSON has not the shape that the program promises."""
    try:
        (entry,) = [found for found in json.loads(text)["predictions"] if found["secure_boot"] == secure_boot and found["profile"] == 0]
        values = {bank: {int(pcr): _value(value, bank) for pcr, value in entry["banks"][bank].items()} for bank in BANKS}
        events = [
            Event(item["pcr"], item["what"], {bank: bytes.fromhex(item["digests"][bank]) for bank in BANKS}) for item in entry["events"]
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise VmError(f"measured-boot predict: not the JSON that this harness knows: {type(error).__name__}: {error}") from None
    for bank in BANKS:
        missing = {4, 7, 9, 11, 12, 13, 15} - set(values[bank])
        if missing:
            raise VmError(f"measured-boot predict: no {bank} value for PCR {', '.join(map(str, sorted(missing)))}")
    return Prediction(values, events)


def _value(value: object, bank: str) -> bytes:
    """A PCR's value; where it changes with the boot phases, the last one's."""
    data = bytes.fromhex(value[PHASE] if isinstance(value, dict) else value)  # type: ignore[arg-type]
    if len(data) != _SIZES[bank]:
        raise ValueError(f"a {bank} value of {len(data)} bytes")
    return data
