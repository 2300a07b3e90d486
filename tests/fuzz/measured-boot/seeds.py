# SPDX-License-Identifier: Apache-2.0
"""What the seed scripts share. Each makes small valid inputs with other people's tools, into the folder argv[1]."""

import pathlib
import subprocess
import sys
import tempfile

TARGET = pathlib.Path(sys.argv[1]).resolve()
EFI = pathlib.Path("/usr/lib/systemd/boot/efi")


def run(*words, **options):
    subprocess.run([str(word) for word in words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **options)


def save(name, content):
    (TARGET / name).write_bytes(content)


def scratch():
    return tempfile.TemporaryDirectory(prefix="seeds.")
