# SPDX-License-Identifier: Apache-2.0
"""ID blocks: structure, and both signatures verified by python3-cryptography."""

import hashlib
import json
import pathlib
import struct

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

import interop

MEASUREMENT = "ab" * 48


def make_key(name, curve="secp384r1", *extra):
    interop.run("openssl", "ecparam", "-name", curve, "-genkey", "-noout", "-out", f"{name}.pem", *extra)


def number(data):
    return int.from_bytes(data[:72], "little")


def public_key(field):
    interop.same(struct.unpack_from("<I", field)[0], 2, "curve")
    interop.same(field[148:], bytes(1028 - 148), "rest of the key")
    return ec.EllipticCurvePublicNumbers(number(field[4:]), number(field[76:]), ec.SECP384R1()).public_key()


def verify(key, field, message):
    interop.same(field[144:512], bytes(368), "rest of the signature")
    key.verify(utils.encode_dss_signature(number(field), number(field[72:])), message, ec.ECDSA(hashes.SHA384()))


def run(*words):
    return json.loads(interop.run(interop.BINARY, "id-block", f"--measurement={MEASUREMENT}", *words).stdout)


def main():
    make_key("id")
    make_key("author")
    interop.run("openssl", "pkcs8", "-topk8", "-nocrypt", "-in", "author.pem", "-out", "author8.pem")
    found = run("--id-key=id.pem", "--author-key=author8.pem", "--family-id=" + "11" * 16, "--image-id=" + "22" * 16,
                "--guest-svn=7", "--policy=0xb0000", "--block-file=block", "--auth-file=auth")
    block, auth = pathlib.Path("block").read_bytes(), pathlib.Path("auth").read_bytes()
    interop.same((block.hex(), auth.hex()), (found["id_block"], found["id_auth"]), "files")
    interop.same(block, bytes.fromhex(MEASUREMENT) + b"\x11" * 16 + b"\x22" * 16 + struct.pack("<IIQ", 1, 7, 0xb0000), "block")
    interop.same(len(auth), 4096, "size of the authentication")
    interop.same(struct.unpack_from("<II", auth), (1, 1), "algorithms")
    id_key, author_key = auth[0x240:0x240 + 1028], auth[0x880:0x880 + 1028]
    verify(public_key(id_key), auth[0x40:0x240], block)
    verify(public_key(author_key), auth[0x680:0x880], id_key)
    interop.same(found["id_key_digest"], hashlib.sha384(id_key).hexdigest(), "digest of the ID key")
    interop.same(found["author_key_digest"], hashlib.sha384(author_key).hexdigest(), "digest of the author key")
    interop.same(auth[8:0x40] + auth[0x644:0x680] + auth[0xc84:], bytes(56 + 60 + 892), "reserved fields")

    alone = run("--id-key=id.pem")
    interop.holds("author_key_digest" not in alone and not any(bytes.fromhex(alone["id_auth"])[0x644:]), "no author key")
    interop.same(alone, run("--id-key=id.pem"), "the same twice")

    make_key("other", "prime256v1")
    interop.run("openssl", "ec", "-in", "id.pem", "-aes128", "-passout", "pass:x", "-out", "locked.pem")
    base = ("id-block", f"--measurement={MEASUREMENT}")
    interop.refused(9, *base, "--id-key=other.pem")
    interop.refused(5, *base, "--id-key=locked.pem")
    interop.refused(3, *base, "--id-key=absent.pem")
    interop.refused(2, *base, "--id-key=id.pem", "--family-id=1122")
    interop.refused(2, *base, "--id-key=id.pem", "--guest-svn=0x100000000")
    interop.refused(2, "id-block", "--measurement=abcd", "--id-key=id.pem")


if __name__ == "__main__":
    main()
