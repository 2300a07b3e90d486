# SPDX-License-Identifier: Apache-2.0
"""Disks of a few sectors with tables that sfdisk wrote, for both sector sizes."""

import os
import subprocess

import seeds


def main():
    with seeds.scratch() as folder:
        os.chdir(folder)
        for name, sector, lines in (("one", 512, "64,8,U\n"), ("three", 512, "64,8,U\n72,8,L\n80,8,L\n"), ("none", 512, ""),
                                    ("large", 4096, "16,4,U\n")):
            seeds.run("truncate", "-s", 96 * sector if sector == 512 else 32 * sector, name)
            subprocess.run(["sfdisk", "-q", f"--sector-size={sector}", name], text=True, check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                           input="label: gpt\ntable-length: 4\nfirst-lba: 6\n" + lines)
            seeds.save(name, open(name, "rb").read())


if __name__ == "__main__":
    main()
