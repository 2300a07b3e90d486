# SPDX-License-Identifier: Apache-2.0
"""The smallest FAT16 and FAT32 volumes that mkfs.vfat makes, with folders and fragmented files by mtools."""

import os

import seeds


def main():
    os.environ["MTOOLS_SKIP_CHECK"] = "1"
    with seeds.scratch() as folder:
        os.chdir(folder)
        open("content", "wb").write(bytes(range(256)) * 12)
        for name, fat, kilobytes in (("fat16", 16, 2200), ("fat32", 32, 64)):
            seeds.run("mkfs.vfat", "-C", "-F", fat, "-s", 1, "-n", "SEED", name, kilobytes)
            seeds.run("mmd", "-i", name, "::EFI", "::EFI/Linux")
            for number in range(4):
                seeds.run("mcopy", "-i", name, "content", f"::EFI/F{number}")
            seeds.run("mdel", "-i", name, "::EFI/F0", "::EFI/F2")
            open("long", "wb").write(b"x" * 5000)
            seeds.run("mcopy", "-i", name, "long", "::EFI/Linux/a rather long name+3.efi")
            seeds.save(name, open(name, "rb").read().rstrip(b"\0"))  # the harness puts the empty end back


if __name__ == "__main__":
    main()
