# SPDX-License-Identifier: Apache-2.0
"""A CSR of the right form, and evidence, events and a host's table written by hand."""

import pathlib
import struct
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

TARGET = pathlib.Path(sys.argv[1])


def main():
    subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "system:nodes"),
                         x509.NameAttribute(NameOID.COMMON_NAME, "system:node:w1")])
    csr = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    (TARGET / "csr").write_bytes(csr.public_bytes(serialization.Encoding.DER))
    parts = b"\1" + b"".join(struct.pack(">BI", kind, 2) + b"ab" for kind in (4, 5, 6, 7, 9, 10, 11, 11, 14))
    (TARGET / "parts").write_bytes(parts)
    (TARGET / "events").write_bytes(b"\0\0\5words" + b"\1\0\x20" + bytes(32))
    (TARGET / "pcrs").write_bytes(bytes(1 + 15 * 32))
    guid = bytes.fromhex("8d75da6364e66445adc5f4b93be8accd")
    (TARGET / "table").write_bytes(guid + struct.pack("<II", 48, 3) + bytes(24) + b"DER")


if __name__ == "__main__":
    main()
