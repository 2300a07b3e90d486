# SPDX-License-Identifier: Apache-2.0
"""PCR 0, 2, 3 and 7 of OVMF as it really starts, on both types of machine, with a software TPM and no disk, against what is predicted from files."""

import os
import pathlib
import re
import socket
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(os.environ["ASTERISM_SOURCE_DIR"]) / "tests/vm"))

import firmware
import interop
from asterism_vm.swtpm import Swtpm

# After ReadyToBoot: the firmware started an application, or found none.
BOOTED = re.compile(rb"BdsDxe: (?:starting|failed to start|No bootable)|Shell>|Start PXE")
TIMEOUT = 240.0


def start(tpm, machine_type):
    """Starts the machine, waits until it is past the firmware's own measurements, and takes the plug out."""
    ours, theirs = socket.socketpair()
    words = ["setpriv", "--pdeathsig", "KILL", "--", "qemu-system-x86_64", "-machine", machine_type, "-accel", "tcg", "-m", "256",
             "-nodefaults", "-display", "none", "-no-reboot", "-bios", firmware.OVMF,
             "-chardev", f"socket,id=tpm,path={tpm.control}", "-tpmdev", "emulator,id=tpm0,chardev=tpm", "-device", "tpm-crb,tpmdev=tpm0",
             "-chardev", f"socket,id=serial,fd={theirs.fileno()}", "-serial", "chardev:serial"]
    with open("qemu.log", "wb") as log:
        machine = subprocess.Popen([str(word) for word in words], pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    theirs.close()
    ours.settimeout(TIMEOUT)
    text = b""
    try:
        while not BOOTED.search(text):
            part = ours.recv(4096)
            interop.holds(part, f"the firmware gets to its boot options; it wrote {text[-300:]}, QEMU {open('qemu.log').read()[-300:]}")
            text += part
    finally:
        machine.kill()
        machine.wait()


def boot(machine_type):
    """The PCRs after the firmware's own measurements."""
    folder = pathlib.Path(machine_type)
    folder.mkdir()
    tpm = Swtpm(folder / "tpm", folder / "tpm.log", (folder / "tpm.socket").absolute())
    tpm.start()
    try:
        start(tpm, machine_type)
        return tpm.read_pcrs()
    finally:
        tpm.stop()


def check(found, machine_type):
    pcrs = boot(machine_type)
    checked = set()
    for row in found["firmware"]:
        if row["pcr"] == 0 and not row["why"].startswith(f"machine type {machine_type}:"):
            continue
        for bank in interop.BANKS:
            value = pcrs[bank][row["pcr"]].hex()
            if "value" in row:
                interop.same(value, row["value"][bank], f"{machine_type}: PCR {row['pcr']} {bank}")
                checked.add(row["pcr"])
            else:
                interop.holds(value != pcrs[bank][3].hex(), f"PCR {row['pcr']} holds more than a separator")
    interop.same(checked, {0, 2, 3}, "PCRs with a value")
    # Built without Secure Boot: the variables do not exist.
    states = {p["secure_boot"]: p["banks"] for p in found["predictions"]}
    for bank in interop.BANKS:
        interop.same(pcrs[bank][7].hex(), states["absent"][bank]["7"], f"PCR 7 {bank}")
    interop.same(pcrs["sha256"][6], pcrs["sha256"][3], "PCR 6 has only the separator too")


def main():
    uki = interop.build_uki("uki.efi", interop.parts("parts"))
    empty = interop.write("keys/db.esl", b"").parent
    found = interop.predict(uki, f"--firmware={firmware.OVMF}", "--platform=qemu", f"--secure-boot-variables={empty}", "--secure-boot=absent")
    for machine_type in ("q35", "pc"):
        check(found, machine_type)


if __name__ == "__main__":
    main()
