# SPDX-License-Identifier: Apache-2.0
"""Machines with a software TPM, an endorsement certificate and what a boot leaves in the PCRs."""

import hashlib
import pathlib
import subprocess
import sys

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import NameOID, ObjectIdentifier

from .control_plane import answers, wait_for

BANKS = ("sha256", "sha384")
BOOT_PCRS = (0, 2, 4, 7, 9, 11, 12)
EK_CERTIFICATE_INDEX = "0x01c0000a"
EK_USAGE = ObjectIdentifier("2.23.133.8.1")


def digest(bank, data):
    return hashlib.new(bank, data).digest()


class Machine:
    """A TPM at two ports: commands, control. `boot` stands for the image that was started: other words, other PCRs."""

    def __init__(self, folder, port, maker, boot):
        self.folder, self.port, self.boot_words = pathlib.Path(folder), port, boot
        self.folder.mkdir()
        (self.folder / "tpm").mkdir()
        self.tcti = f"swtpm:host=127.0.0.1,port={port}"
        self.log = self.folder / "tpm2-measure.log"
        self.process = None
        self.power_on()
        self.tool("tpm2_createek", "-G", "ecc", "-c", "ek.ctx", "-u", "ek.pem", "-f", "pem")
        self.tool("tpm2_flushcontext", "-t")
        key = serialization.load_pem_public_key((self.folder / "ek.pem").read_bytes())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "EK")])
        certificate = maker.issue(name, key, usages=[EK_USAGE]).public_bytes(serialization.Encoding.DER)
        (self.folder / "ek.der").write_bytes(certificate)
        self.tool("tpm2_nvdefine", EK_CERTIFICATE_INDEX, "-C", "o", "-s", len(certificate), "-a",
                  "ownerread|authread|ownerwrite|authwrite|no_da")
        self.tool("tpm2_nvwrite", EK_CERTIFICATE_INDEX, "-C", "o", "-i", "ek.der")

    def tool(self, *words):
        done = subprocess.run([str(w) for w in words], cwd=self.folder, capture_output=True, text=True, check=False,
                              env={"TPM2TOOLS_TCTI": self.tcti, "PATH": "/usr/bin:/bin"})
        if done.returncode != 0:
            sys.exit(f"{' '.join(map(str, words))}: {done.stderr}")
        return done.stdout

    def power_on(self):
        log = (self.folder / "swtpm.log").open("ab")
        self.process = subprocess.Popen(
            ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self.folder}/tpm", "--server",
             f"type=tcp,port={self.port}", "--ctrl", f"type=tcp,port={self.port + 1}", "--flags",
             "not-need-init,startup-clear"], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        wait_for("swtpm", lambda: answers(self.port + 1))
        self.log.unlink(missing_ok=True)
        for pcr in BOOT_PCRS:
            self.extend(pcr, self.boot_words)

    def power_off(self):
        """In order: a TPM that loses its power counts it as an attempt at guessing."""
        self.tool("tpm2_shutdown", "-c")
        self.process.terminate()
        self.process.wait(30)

    def restart(self):
        self.power_off()
        self.power_on()

    def extend(self, pcr, words):
        values = ",".join(f"{bank}={digest(bank, words.encode()).hex()}" for bank in BANKS)
        self.tool("tpm2_pcrextend", f"{pcr}:{values}")


def pcr_after(bank, words):
    size = hashlib.new(bank).digest_size
    return digest(bank, bytes(size) + digest(bank, words.encode())).hex()


def measurements(boot, states):
    """What a manifest says of an image that boots with these words, on every platform and in every state."""
    banks = {}
    for bank in BANKS:
        zero = bytes(hashlib.new(bank).digest_size).hex()
        value = pcr_after(bank, boot)
        stages = {stage: value for stage in ("stub", "enter-initrd", "leave-initrd", "sysinit", "ready")}
        banks[bank] = {"0": value, "2": value, "4": value, "7": value, "9": value, "11": stages, "12": value, "13": zero, "15": zero}
    return {platform: dict.fromkeys(of_platform, banks) for platform, of_platform in states.items()}
