# SPDX-License-Identifier: Apache-2.0
"""Signatures of manifests: cosign accepts ours, we accept cosign's and openssl's, and both refuse the same things."""

import json

import signing
from signing import NO_LOG, WITHIN, cosign, interop, ours


def cosign_accepts(key, signature, file):
    return cosign("verify-blob", f"--key={key}", f"--signature={signature}", NO_LOG, file, check=False).returncode == 0


def check_ours(kind, manifest):
    """What we sign is accepted by cosign and by us, and by neither once anything is changed."""
    name = kind.lower()
    signing.openssl_key(name, kind)
    signing.openssl_key(f"{name}-other", kind)
    ours("sign", manifest, f"--key={name}.key", f"--output={name}.sig")
    altered = interop.write(f"{name}-altered.json", manifest.read_bytes().replace(b"1.1.0", b"1.0.0"))
    for key, file, accepted in ((name, manifest, True), (f"{name}-other", manifest, False), (name, altered, False)):
        what = f"{kind}: {key} on {file}"
        interop.same(cosign_accepts(f"{key}.pub", f"{name}.sig", file), accepted, f"cosign, {what}")
        done = ours("verify-manifest", file, f"--key={key}.pub", f"--signature={name}.sig", WITHIN, check=False)
        interop.same(done.returncode, 0 if accepted else 6, f"ours, {what}: {done.stderr}")
    # The public key that we print is the one that openssl prints.
    interop.same(ours("public-key", f"{name}.key").stdout, open(f"{name}.pub", encoding="ascii").read(), "public key")


def check_theirs(manifest):
    signing.cosign_key("theirs")
    cosign("sign-blob", "--yes", "--key=theirs.key", "--tlog-upload=false", "--output-signature=theirs.sig", manifest)
    interop.holds("signed by key" in ours("verify-manifest", manifest, "--key=theirs.pub", "--signature=theirs.sig",
                                          WITHIN).stdout, "a signature of cosign")
    message = interop.refused(9, "sign", manifest, "--key=theirs.key")
    interop.holds("cosign's own format" in message, message)
    # cosign with an imported Ed25519 key signs as we do: Ed25519 is deterministic, so the files are equal.
    cosign("import-key-pair", "--yes", "--key=ed25519.key", "--output-key-prefix=imported")
    cosign("sign-blob", "--yes", "--key=imported.key", "--tlog-upload=false", "--output-signature=imported.sig", manifest)
    interop.same(open("imported.sig", "rb").read(), open("ed25519.sig", "rb").read(), "Ed25519 signatures")


def check_openssl(manifest):
    interop.run("openssl", "dgst", "-sha256", "-sign", "p-256.key", "-out", "raw.sig", manifest)
    interop.run("openssl", "base64", "-A", "-in", "raw.sig", "-out", "openssl.sig")
    ours("verify-manifest", manifest, "--key=p-256.pub", "--signature=openssl.sig", WITHIN)


def check_threshold(manifest):
    """Two of three; the signatures lie beside the manifest, one of them is by cosign."""
    ours("trust-policy", "--threshold=2", "release-a=p-256.pub", "release-b=ed25519.pub", "release-c=theirs.pub",
         "--output=policy.json")
    signing.fits_schema("trust-policy", json.load(open("policy.json", encoding="ascii")))
    ours("sign", manifest, "--key=p-256.key")
    ours("sign", manifest, "--key=p-256.key", f"--output={manifest}.again.sig")
    message = interop.refused(6, "verify-manifest", manifest, "--policy=policy.json", WITHIN)
    interop.holds("1 of 3 keys signed and 2 must" in message, message)
    interop.run("cp", "theirs.sig", f"{manifest}.c.sig")
    out = ours("verify-manifest", manifest, "--policy=policy.json", WITHIN).stdout
    interop.holds("signed by release-a, release-c" in out, out)


def check_encrypted(manifest):
    interop.run("openssl", "pkey", "-in", "p-256.key", "-aes256", "-passout", "pass:secret", "-out", "encrypted.key")
    environment = {**signing.os.environ, "ASTERISM_KEY_PASSPHRASE": "secret"}
    ours("sign", manifest, "--key=encrypted.key", "--output=encrypted.sig", env=environment)
    interop.holds(cosign_accepts("p-256.pub", "encrypted.sig", manifest), "signature of an encrypted key")
    for passphrase in ("wrong", ""):
        done = ours("sign", manifest, "--key=encrypted.key", env={**environment, "ASTERISM_KEY_PASSPHRASE": passphrase},
                    check=False)
        interop.same(done.returncode, 5, "exit code for a wrong passphrase")
        interop.holds("ASTERISM_KEY_PASSPHRASE" in done.stderr and "secret" not in done.stderr, done.stderr)


def main():
    manifest = signing.released()
    check_ours("P-256", manifest)
    check_ours("ed25519", manifest)
    check_theirs(manifest)
    check_openssl(manifest)
    check_threshold(manifest)
    check_encrypted(manifest)
    signing.openssl_key("p384", "P-384")
    interop.refused(9, "sign", manifest, "--key=p384.key")
    interop.refused(2, "sign", signing.EXAMPLES / "minimal.json", "--key=p-256.key")


if __name__ == "__main__":
    main()
