# SPDX-License-Identifier: Apache-2.0
"""What every module of the harness shares: places, marks on the console, time limits, errors."""

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[3]
BUILD = Path(os.environ.get("ASTERISM_BUILD") or SOURCE / "build")

# The node's console agent prints this line once multi-user.target is reached: the only sign of success.
READY = re.compile(rb"asterism: ready")
PANIC = re.compile(rb"Kernel panic - not syncing: [^\r\n]*")

# Seconds, for emulated processors on a machine that is busy with other things; an idle one needs a tenth of them.
READY_TIMEOUT = 480.0
STOP_TIMEOUT = 360.0
FIRMWARE_TIMEOUT = 240.0
TOOL_TIMEOUT = 300.0


class VmError(Exception):
    """A failure that a person can act on: one line that names what, where and what to do."""


class Skip(Exception):
    """The test cannot run here; the text says why."""


def tool(words: Sequence[str | Path], *, what: str, data: bytes | None = None) -> bytes:
    """Runs a program to its end and returns its output; `what` says in a failure what we were doing."""
    try:
        done = subprocess.run([str(w) for w in words], input=data, capture_output=True, timeout=TOOL_TIMEOUT, check=False)
    except FileNotFoundError:
        raise VmError(f"{what}: {words[0]} is not installed here: run inside the tools tree (make test does)") from None
    except subprocess.TimeoutExpired:
        raise VmError(f"{what}: {words[0]} took more than {TOOL_TIMEOUT:.0f} s") from None
    if done.returncode != 0:
        text = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
        raise VmError(f"{what}: {words[0]} failed with exit code {done.returncode}: {text[-1] if text else 'no output'}")
    return done.stdout
