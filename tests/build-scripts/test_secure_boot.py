# SPDX-License-Identifier: Apache-2.0
"""Signatures and enrolment files, checked with other people's tools: sbverify, efitools, openssl, SoftHSM."""

import os
import struct
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

import secure_boot  # noqa: E402

LOADER = Path("/usr/lib/systemd/boot/efi/systemd-bootx64.efi")
SOFTHSM = "/usr/lib/softhsm/libsofthsm2.so"


def run(*words, **options) -> subprocess.CompletedProcess:
    return subprocess.run(list(map(str, words)), check=True, capture_output=True, **options)


class WithKeys(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = Path(cls.temporary.name)
        cls.keys = cls.folder / "keys"
        secure_boot.development_keys(cls.keys)

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()


class Signatures(WithKeys):
    def test_signature_verifies_with_its_key_and_no_other(self):
        secure_boot.sign(self.keys, LOADER, self.folder / "signed.efi")
        run("sbverify", "--cert", self.keys / "db.crt", self.folder / "signed.efi")
        with self.assertRaises(subprocess.CalledProcessError):
            run("sbverify", "--cert", self.keys / "KEK.crt", self.folder / "signed.efi")

    def test_same_bytes_at_another_time(self):
        secure_boot.sign(self.keys, LOADER, self.folder / "one.efi")
        time.sleep(1.1)  # a signing time would differ now
        secure_boot.sign(self.keys, LOADER, self.folder / "two.efi")
        self.assertEqual((self.folder / "one.efi").read_bytes(), (self.folder / "two.efi").read_bytes())

    def test_keys_are_made_once(self):
        names = ("db.key", "policy.key", "policy-debug.key")
        before = [(self.keys / name).read_bytes() for name in names]
        secure_boot.development_keys(self.keys)
        self.assertEqual([(self.keys / name).read_bytes() for name in names], before)
        self.assertEqual(len(set(before)), len(before))

    def test_policy_keys_have_their_public_parts(self):
        for name in secure_boot.POLICY_KEYS:
            public = run("openssl", "pkey", "-in", self.keys / f"{name}.key", "-pubout").stdout
            self.assertEqual((self.keys / f"{name}.pub").read_bytes(), public)


class Enrolment(WithKeys):
    def setUp(self):
        self.output = self.folder / "enrolment"
        secure_boot.enrolment(self.keys, self.output)

    def test_lists_are_what_efitools_makes(self):
        for name in secure_boot.VARIABLES:
            run("cert-to-efi-sig-list", "-g", secure_boot.OWNER, self.keys / f"{name}.crt", self.folder / "theirs.esl")
            self.assertEqual((self.output / f"{name}.esl").read_bytes(), (self.folder / "theirs.esl").read_bytes(), name)

    def test_updates_are_signed_by_the_key_above(self):
        for name, (vendor, signer) in secure_boot.VARIABLES.items():
            update = (self.output / f"{name}.auth").read_bytes()
            length = struct.unpack_from("<I", update, 16)[0]
            signature, value = update[16 + 24 : 16 + length], update[16 + length :]
            self.assertEqual(value, (self.output / f"{name}.esl").read_bytes(), name)
            covered = name.encode("utf-16-le") + vendor.bytes_le + struct.pack("<I", secure_boot.ATTRIBUTES) + update[:16] + value
            (self.folder / "signature").write_bytes(signature)
            (self.folder / "covered").write_bytes(covered)
            words = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", self.folder / "signature", "-content", self.folder / "covered"]
            run(*words, "-CAfile", self.keys / f"{signer}.crt", "-purpose", "any")
            (self.folder / "covered").write_bytes(covered[:-1] + bytes([covered[-1] ^ 1]))
            with self.assertRaises(subprocess.CalledProcessError):
                run(*words, "-CAfile", self.keys / f"{signer}.crt", "-purpose", "any")


class Pkcs11(WithKeys):
    """The key lies in a token; the build gets its URI."""

    def test_signature_and_enrolment_from_a_token(self):
        tokens = self.folder / "tokens"
        tokens.mkdir()
        (self.folder / "softhsm.conf").write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\n")
        environment = {"SOFTHSM2_CONF": str(self.folder / "softhsm.conf"), "PKCS11_MODULE": SOFTHSM, "PKCS11_PROVIDER_MODULE": SOFTHSM}
        os.environ.update(environment)
        self.addCleanup(lambda: [os.environ.pop(name) for name in environment])
        run("softhsm2-util", "--init-token", "--free", "--label", "build", "--pin", "1234", "--so-pin", "1234")
        run("softhsm2-util", "--import", self.pkcs8("db"), "--token", "build", "--label", "db", "--id", "01", "--pin", "1234")
        keys = self.folder / "token-keys"
        keys.mkdir()
        for name in secure_boot.VARIABLES:
            (keys / f"{name}.crt").write_bytes((self.keys / "db.crt").read_bytes())
            (keys / f"{name}.key").write_text("pkcs11:token=build;object=db;type=private?pin-value=1234\n")
        secure_boot.sign(keys, LOADER, self.folder / "token.efi")
        run("sbverify", "--cert", self.keys / "db.crt", self.folder / "token.efi")
        secure_boot.enrolment(keys, self.folder / "token-enrolment")
        file_keys = self.folder / "file-keys"
        file_keys.mkdir()
        for name in secure_boot.VARIABLES:
            (file_keys / f"{name}.crt").write_bytes((self.keys / "db.crt").read_bytes())
            (file_keys / f"{name}.key").write_bytes((self.keys / "db.key").read_bytes())
        secure_boot.enrolment(file_keys, self.folder / "file-enrolment")
        for name in secure_boot.VARIABLES:
            self.assertEqual((self.folder / f"token-enrolment/{name}.auth").read_bytes(), (self.folder / f"file-enrolment/{name}.auth").read_bytes())

    def pkcs8(self, name: str) -> Path:
        out = self.folder / f"{name}.p8"
        run("openssl", "pkcs8", "-topk8", "-nocrypt", "-in", self.keys / f"{name}.key", "-out", out)
        return out


if __name__ == "__main__":
    unittest.main()
