# SPDX-License-Identifier: Apache-2.0
"""Keys on a token: SoftHSM by way of OpenSSL's pkcs11-provider, made by pkcs11-tool; cosign accepts what they sign."""

import os

import signing
from signing import NO_LOG, WITHIN, cosign, interop, ours

MODULE = "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"


def main():
    manifest = signing.released()
    here = os.getcwd()
    interop.write("softhsm.conf", f"directories.tokendir = {here}/tokens\nobjectstore.backend = file\n")
    os.mkdir("tokens")
    interop.write("pin", "1234")
    environment = {**os.environ, "SOFTHSM2_CONF": f"{here}/softhsm.conf", "PKCS11_MODULE": MODULE}
    interop.run("softhsm2-util", "--init-token", "--free", "--label=release", "--pin=1234", "--so-pin=5678", env=environment)
    tool = ["pkcs11-tool", f"--module={MODULE}", "--token-label=release", "--login", "--pin=1234"]
    for label, kind in (("ec", "EC:prime256v1"), ("ed", "EC:edwards25519"), ("rsa", "RSA:2048")):
        interop.run(*tool, "--keypairgen", f"--key-type={kind}", f"--label={label}", f"--id={ord(label[1]):02x}", env=environment)

    def uri(label, extra=f"?pin-source=file:{here}/pin"):
        return f"pkcs11:token=release;object={label};type=private{extra}"

    for label in ("ec", "ed"):
        interop.write(f"{label}.pub", ours("public-key", uri(label), env=environment).stdout)
        ours("sign", manifest, f"--key={uri(label)}", f"--output={label}.sig", env=environment)
        cosign("verify-blob", f"--key={label}.pub", f"--signature={label}.sig", NO_LOG, manifest)
        ours("verify-manifest", manifest, f"--key={label}.pub", f"--signature={label}.sig", WITHIN)

    def refused(code, key, part, **changed):
        done = ours("sign", manifest, f"--key={key}", "--output=refused.sig", env={**environment, **changed}, check=False)
        interop.same(done.returncode, code, f"exit code for {key}: {done.stderr}")
        interop.same(len(done.stderr.splitlines()), 1, f"lines of message for {key}")
        interop.holds(part in done.stderr and "1234" not in done.stderr, done.stderr)
        interop.holds(not os.path.exists("refused.sig"), "no signature file after a failure")

    refused(9, uri("rsa"), "ECDSA P-256")
    refused(8, uri("absent"), "PKCS#11")
    interop.write("wrong", "4321")
    refused(8, uri("ec", f"?pin-source=file:{here}/wrong"), "PKCS#11")
    refused(8, uri("ec"), "PKCS#11", PKCS11_MODULE="/absent.so")


if __name__ == "__main__":
    main()
