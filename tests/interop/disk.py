# SPDX-License-Identifier: Apache-2.0
"""A UKI read back from FAT16 and FAT32 volumes that mtools wrote, fragmented ones included, gives the file's values."""

import pathlib

import interop

START = 1 << 20  # of the ESP, in bytes


def make_disk(path, megabytes, fat, clusters, sector=512):
    pathlib.Path(path).unlink(missing_ok=True)
    interop.run("truncate", "-s", f"{megabytes + 2}M", path)
    table = f"label: gpt\nfirst-lba: {START // sector}\n- {megabytes}M U -\n"
    interop.run("sfdisk", "-q", f"--sector-size={sector}", path, input=table)
    interop.run("mkfs.vfat", "-F", fat, "-s", clusters, "-S", sector, "--offset", START // sector, path,
                megabytes * 1024)
    return f"{path}@@1M"


def copy(volume, source, target):
    interop.run("mcopy", "-o", "-i", volume, source, f"::{target}", env={"MTOOLS_SKIP_CHECK": "1", "PATH": "/usr/bin"})


def mtool(name, volume, *words):
    interop.run(name, "-i", volume, *(f"::{word}" for word in words), env={"MTOOLS_SKIP_CHECK": "1", "PATH": "/usr/bin"})


def fragment(volume, size):
    """Fills the volume with small files and removes every other one, so that what comes next lies in pieces."""
    filler = interop.write("filler", interop.bytes_of(size, 9))
    for number in range(40):
        copy(volume, filler, f"F{number}")
    mtool("mdel", volume, *(f"F{number}" for number in range(0, 40, 2)))


def values(report):
    return [(p["secure_boot"], p["banks"]) for p in report["predictions"]]


def main():
    uki = interop.build_uki("uki.efi", interop.parts("parts", initrd_size=900001))
    wanted = values(interop.predict(uki, f"--boot-loader={interop.LOADER}"))
    for number, (megabytes, fat, clusters, sector, broken) in enumerate((
            (16, 16, 4, 512, False), (16, 16, 4, 512, True), (40, 32, 1, 512, False), (40, 32, 1, 512, True),
            (300, 32, 1, 4096, False), (300, 32, 1, 4096, True))):
        disk = f"disk{number}.raw"
        volume = make_disk(disk, megabytes, fat, clusters, sector)
        mtool("mmd", volume, "EFI", "EFI/BOOT", "EFI/Linux")
        copy(volume, interop.LOADER, "EFI/BOOT/BOOTX64.EFI")
        if broken:
            fragment(volume, 8 * sector)
        copy(volume, uki, "EFI/Linux/asterism_1.0+3.efi")
        report = interop.predict(disk)
        interop.same(report["uki"]["path"], "EFI/Linux/asterism_1.0+3.efi", "the UKI chosen")
        interop.same(values(report), wanted, f"{disk}: FAT{fat}, {'fragmented' if broken else 'in one piece'}")
        pathlib.Path(disk).unlink()

    # A disk as systemd-repart makes it.
    for path in ("EFI/BOOT/BOOTX64.EFI", "EFI/Linux/asterism_1.0+3.efi"):
        interop.write(f"tree/{path}", (interop.LOADER if "BOOT" in path else uki).read_bytes())
    interop.write("repart.d/10-esp.conf", "[Partition]\nType=esp\nFormat=vfat\nCopyFiles=/EFI:/EFI\nSizeMinBytes=64M\n")
    interop.run("systemd-repart", "--empty=create", "--size=80M", "--dry-run=no", "--offline=yes",
                "--definitions=repart.d", "--copy-source=tree", "repart.raw")
    interop.same(values(interop.predict("repart.raw")), wanted, "the disk of systemd-repart")

    copy_of_esp = pathlib.Path("repart.raw").read_bytes()
    for place, message in ((512, "no GPT"), (512 + 60, "checksum"), (1024 + 40, "checksum")):
        damaged = bytearray(copy_of_esp)
        damaged[place] ^= 0xff
        interop.write("damaged.raw", bytes(damaged))
        interop.holds(message in interop.refused(5, "predict", "damaged.raw"), message)


if __name__ == "__main__":
    main()
