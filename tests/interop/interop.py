# SPDX-License-Identifier: Apache-2.0
"""What the interop tests share: running programs, making images, small checks."""

import hashlib
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys

import pefile

BINARY = pathlib.Path(os.environ["ASTERISM_BIN_DIR"]) / "measured-boot"
EFI = pathlib.Path("/usr/lib/systemd/boot/efi")
STUB = EFI / "linuxx64.efi.stub"
LOADER = EFI / "systemd-bootx64.efi"
BANKS = ("sha256", "sha384")
PHASES = ("enter-initrd", "leave-initrd", "sysinit", "ready")

# Each run starts in an empty scratch folder; by hand, in whatever folder it is called from.
if pathlib.Path.cwd().name.startswith("interop."):
    for leftover in pathlib.Path.cwd().iterdir():
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()


def run(*words, check=True, text=True, **options):
    """Runs a program quietly; its output is shown only where it fails."""
    done = subprocess.run([str(word) for word in words], capture_output=True, text=text, check=False, **options)
    if check and done.returncode != 0:
        sys.exit(f"{words[0]} failed ({done.returncode}):\n{done.stdout}\n{done.stderr}")
    return done


def predict(*words):
    return json.loads(run(BINARY, "predict", *words, "--json", "--events").stdout)


def refused(code, *words):
    """The program must fail with this exit code and one line of message, which is given back."""
    done = run(BINARY, *words, check=False)
    same(done.returncode, code, f"exit code of {' '.join(map(str, words))}: {done.stderr}")
    lines = done.stderr.splitlines()
    same(len(lines), 1, "lines of error message")
    same(done.stdout, "", "standard output of a failed run")
    return lines[0]


def same(found, wanted, what):
    if found != wanted:
        sys.exit(f"{what}:\n  found  {found}\n  wanted {wanted}")


def holds(condition, what):
    if not condition:
        sys.exit(f"does not hold: {what}")


def bytes_of(size, seed):
    return random.Random(seed).randbytes(size)


def write(name, content):
    path = pathlib.Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def extend(bank, digests):
    """The value of a PCR that starts at zero after these digests (hexadecimal)."""
    value = bytes(hashlib.new(bank).digest_size)
    for digest in digests:
        value = hashlib.new(bank, value + bytes.fromhex(digest)).digest()
    return value.hex()


def parts(directory, initrd_size=70001, **changes):
    """Input files of a UKI. The kernel is a PE file, as the stub expects one: the boot loader serves."""
    content = {
        "linux": LOADER.read_bytes(),
        "initrd": bytes_of(initrd_size, 1),
        "cmdline": " quiet\tconsole=ttyS0 \n",
        "osrel": 'ID=asterism\nNAME="Asterism"\nVERSION_ID=1.0\n',
        "uname": "6.12.1-test",
    }
    content.update(changes)
    return {name: write(f"{directory}/{name}", data) for name, data in content.items() if data is not None}


def build_uki(output, files, *extra):
    """Joins the parts to a UKI with ukify."""
    words = ["ukify", "build", f"--output={output}", *extra]
    if "linux" in files:
        words.append(f"--stub={STUB}")
    for name, option in (("linux", "--linux={}"), ("initrd", "--initrd={}"), ("cmdline", "--cmdline=@{}"),
                         ("osrel", "--os-release=@{}"), ("splash", "--splash={}"), ("ucode", "--microcode={}"),
                         ("pcrpkey", "--pcrpkey={}"), ("profile", "--profile=@{}")):
        if name in files:
            words.append(option.format(files[name]))
    if "uname" in files:
        words.append(f"--uname={files['uname'].read_text()}")
    run(*words)
    return pathlib.Path(output)


def make_disk(uki):
    """A disk with the boot loader and this UKI on its ESP."""
    for path, source in (("EFI/BOOT/BOOTX64.EFI", LOADER), ("EFI/Linux/asterism_1.0+3.efi", uki)):
        write(f"tree/{path}", source.read_bytes())
    write("repart.d/10-esp.conf", "[Partition]\nType=esp\nFormat=vfat\nCopyFiles=/EFI:/EFI\nSizeMinBytes=64M\n")
    run("systemd-repart", "--empty=create", "--size=80M", "--dry-run=no", "--offline=yes", "--definitions=repart.d",
                "--copy-source=tree", "disk.raw")
    return pathlib.Path("disk.raw")


def sections(uki, directory):
    """Cuts the sections out of a UKI with pefile, each to its size in memory."""
    image = pefile.PE(str(uki), fast_load=True)
    data = pathlib.Path(uki).read_bytes()
    out = {}
    for section in image.sections:
        size = section.Misc_VirtualSize
        content = data[section.PointerToRawData:][:min(size, section.SizeOfRawData)].ljust(size, b"\0")
        name = section.Name.rstrip(b"\0").decode()
        out[name] = write(f"{directory}/{name[1:]}", content)
    return out
