# SPDX-License-Identifier: Apache-2.0
"""Secure Boot keys, enrolment files and signatures; runs inside the tools tree.

    secure_boot.py development-keys <folder>           PK, KEK and db keys with certificates, policy keys; made once
    secure_boot.py enrolment <keys> <output>           PK, KEK, db as .esl (signature lists) and .auth (signed updates)
    secure_boot.py sign <keys> <input.efi> <output.efi>

<keys> holds {PK,KEK,db}.crt and {PK,KEK,db}.key; a .key file is a PEM private key, or one line with a PKCS#11 URI.
policy.key and policy.pub are the key that TPM policies are signed with (docs/tpm-policy.md): RSA, whose signatures are the same each
time. Debug images have one of their own, policy-debug, so that they open no disk of a release.
Formats: UEFI 2.10, 32.4.1 (EFI_SIGNATURE_LIST), 8.2.2 (EFI_VARIABLE_AUTHENTICATION_2).
"""

import os
import struct
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

# Owner of the certificates in the signature lists. It is measured (PCR 7), hence fixed.
OWNER = uuid.UUID("6b1f7a52-6d0f-4c0e-8f1b-2f5a0d6f9c31")
X509_GUID = uuid.UUID("a5c059a1-94e4-4aa7-87b5-ab155c2bf072")
PKCS7_GUID = uuid.UUID("4aafd29d-68df-49ee-8aa9-347d375665a7")
GLOBAL_VARIABLE = uuid.UUID("8be4df61-93ca-11d2-aa0d-00e098032b8c")
IMAGE_SECURITY_DATABASE = uuid.UUID("d719b2cb-3d3a-4596-a3bc-dad00e67656f")
# variable -> (vendor, the key that signs its update)
VARIABLES = {"PK": (GLOBAL_VARIABLE, "PK"), "KEK": (GLOBAL_VARIABLE, "PK"), "db": (IMAGE_SECURITY_DATABASE, "KEK")}
POLICY_KEYS = ("policy", "policy-debug")
# NON_VOLATILE | BOOTSERVICE_ACCESS | RUNTIME_ACCESS | TIME_BASED_AUTHENTICATED_WRITE_ACCESS
ATTRIBUTES = 0x27
# EFI_TIME 2026-01-01 00:00:00 UTC: enrolment files are the same whenever they are made.
TIMESTAMP = struct.pack("<HBBBBBBIhBB", 2026, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0)
SIGNING_TIME = "0"


def run(*words: str | Path, data: bytes | None = None, environment: dict[str, str] | None = None) -> bytes:
    done = subprocess.run(words, input=data, capture_output=True, check=False, env={**os.environ, **(environment or {})})
    if done.returncode != 0:
        last = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
        sys.exit(f"error: {words[0]} {words[1]}: {last[-1] if last else 'failed'}")
    return done.stdout


def pkcs11_uri(key: Path) -> str | None:
    text = key.read_text(errors="replace").strip()
    return text if text.startswith("pkcs11:") and "\n" not in text else None


def pkcs11_module() -> str:
    """PKCS11_MODULE=, a library in the tools tree; without it p11-kit's, which reaches a token of the host over its socket."""
    return os.environ.get("PKCS11_MODULE", "/usr/lib/x86_64-linux-gnu/pkcs11/p11-kit-client.so")


def development_keys(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in VARIABLES:
        if (folder / f"{name}.key").exists() and (folder / f"{name}.crt").exists():
            continue
        run(
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-sha256", "-nodes", "-days", "3650", "-subj",
            f"/CN=Asterism development {name} (not for production)/", "-keyout", folder / f".{name}.key", "-out", folder / f".{name}.crt",
        )
        (folder / f".{name}.key").rename(folder / f"{name}.key")
        (folder / f".{name}.crt").rename(folder / f"{name}.crt")
    for name in POLICY_KEYS:
        if not (folder / f"{name}.key").exists():
            run("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", folder / f".{name}.key")
            run("openssl", "pkey", "-in", folder / f".{name}.key", "-pubout", "-out", folder / f"{name}.pub")
            (folder / f".{name}.key").rename(folder / f"{name}.key")


def signature_list(certificate: Path) -> bytes:
    der = run("openssl", "x509", "-in", certificate, "-outform", "DER")
    entry = OWNER.bytes_le + der
    return X509_GUID.bytes_le + struct.pack("<III", 28 + len(entry), 0, len(entry)) + entry


def signed_update(name: str, value: bytes, keys: Path) -> bytes:
    vendor, signer = VARIABLES[name]
    covered = name.encode("utf-16-le") + vendor.bytes_le + struct.pack("<I", ATTRIBUTES) + TIMESTAMP + value
    key = keys / f"{signer}.key"
    uri = pkcs11_uri(key)
    words = ["openssl", "cms", "-sign", "-binary", "-noattr", "-md", "sha256", "-outform", "DER", "-signer", str(keys / f"{signer}.crt")]
    words += ["-engine", "pkcs11", "-keyform", "engine", "-inkey", uri] if uri else ["-inkey", str(key)]
    signature = run(*words, data=covered, environment={"PKCS11_MODULE_PATH": pkcs11_module()})
    head = struct.pack("<IHH", 24 + len(signature), 0x0200, 0x0EF1) + PKCS7_GUID.bytes_le
    return TIMESTAMP + head + signature + value


def enrolment(keys: Path, output: Path) -> None:
    output.mkdir(parents=True, exist_ok=True)
    for name in VARIABLES:
        value = signature_list(keys / f"{name}.crt")
        (output / f"{name}.esl").write_bytes(value)
        (output / f"{name}.auth").write_bytes(signed_update(name, value, keys))
        (output / f"{name}.crt").write_bytes((keys / f"{name}.crt").read_bytes())
    (output / "owner-guid").write_text(f"{OWNER}\n")


def sign(keys: Path, source: Path, output: Path) -> None:
    key = keys / "db.key"
    uri = pkcs11_uri(key)
    words: list[str | Path] = ["osslsigncode", "sign", "-h", "sha256", "-time", SIGNING_TIME, "-certs", keys / "db.crt"]
    if uri:
        words += ["-pkcs11engine", "/usr/lib/x86_64-linux-gnu/engines-3/pkcs11.so", "-pkcs11module", pkcs11_module(), "-key", uri]
    else:
        words += ["-key", key]
    with tempfile.TemporaryDirectory(dir=output.parent) as work:
        signed = Path(work) / "signed.efi"
        run(*words, "-in", source, "-out", signed)
        run("sbverify", "--cert", keys / "db.crt", signed)
        signed.replace(output)


if __name__ == "__main__":
    verb, *paths = sys.argv[1:]
    {"development-keys": development_keys, "enrolment": enrolment, "sign": sign}[verb](*map(Path, paths))
