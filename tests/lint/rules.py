# SPDX-License-Identifier: Apache-2.0
"""What the lint checks share: which files there are, and how findings are shown."""

import pathlib
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()


def files(*patterns, below="src"):
    return sorted(path for pattern in patterns for path in (ROOT / below).rglob(pattern))


def show(findings):
    """Prints the findings, one a line, and ends the check."""
    for path, line, text in findings:
        print(f"{path.relative_to(ROOT)}:{line}: {text}")
    sys.exit(1 if findings else 0)
