# SPDX-License-Identifier: Apache-2.0
"""Small texts of each kind, behind the byte that chooses the parser."""

import sys
from pathlib import Path

folder = Path(sys.argv[1])
FORMAT = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"
TEXTS = {
    "copyright": FORMAT + "\nFiles: *\nLicense: GPL-2+ or AFL-2.1, and Expat\n text\n .\n more\n\nLicense: Expat\n Permission\n",
    "exception": FORMAT + "License: GPL-2 with Linux-syscall-note exception\n\nFiles: a\nLicense:\n custom\n",
    "prose": "This package was made by A.\n\nIts licence is in /usr/share/common-licenses.\n",
}
OTHERS = {
    "control": "Package: a\nVersion: 1:1-1\nArchitecture: all\nSource: b (1)\n",
    "lock": f"# resolved 20250101T000000Z\ndeb image,tools a 1 all 5 {'a' * 64} debian pool/main/a/a_1_all.deb\n",
    "list": '{"manifest_version":1,"config":{"distribution":"debian","release":"trixie"},'
    '"packages":[{"type":"deb","name":"a","version":"1","architecture":"all"}]}',
    "facts": '{"format":1,"name":"a","version":"1","architecture":"all","source":"b","source_version":"2","copyright":"c","copyright_of":""}',
    "link": "../b/copyright",
}
for name, text in TEXTS.items():
    (folder / name).write_bytes(b"\0" + text.encode())
for name, text in OTHERS.items():
    (folder / name).write_bytes(b"\1" + text.encode())
