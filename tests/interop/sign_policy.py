# SPDX-License-Identifier: Apache-2.0
"""Policy signatures: systemd-measure writes the same, and TPM programs of others open with them.

The TPM is libtpms in each program's process, its state in a file, so nothing has to be started.
"""

import base64
import json
import os
import pathlib
import struct
import sys

import interop

MEASURE = "/usr/lib/systemd/systemd-measure"
SOFTHSM = "/usr/lib/softhsm/libsofthsm2.so"
OPTIONS = {".linux": "linux", ".osrel": "osrel", ".cmdline": "cmdline", ".initrd": "initrd", ".uname": "uname",
           ".sbat": "sbat", ".pcrpkey": "pcrpkey"}
FLOOR = "0x018A5701"
STATE_REFERENCE, FLOOR_REFERENCE = b"asterism.state.1", b"asterism.floor.1"


def sign(uki, *words, key="key.pem", **options):
    return interop.run(interop.BINARY, "sign-policy", uki, f"--key={key}", *words, **options).stdout


def tpm(*words, **options):
    """One command of theirs. There is no resource manager, so what it left loaded goes at once; contexts are in files."""
    environment = {**os.environ, "TPM2TOOLS_TCTI": "libtpms:tpm-state", "TSS2_LOG": "all+NONE"}
    done = interop.run(*words, env=environment, **options)
    interop.run("tpm2_flushcontext", "--transient-object", env=environment, check=False)
    return done


def make_keys():
    interop.run("openssl", "genrsa", "-out", "key.pem", "2048")
    interop.run("openssl", "rsa", "-in", "key.pem", "-pubout", "-out", "public.pem")
    interop.run("openssl", "genrsa", "-out", "other.pem", "2048")
    interop.run("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "ecc.pem")
    interop.run("openssl", "ec", "-in", "ecc.pem", "-pubout", "-out", "ecc-public.pem")


def check_systemd_measure(uki):
    """The same entries in the same order, signatures included."""
    sections = interop.sections(uki, "sections")
    words = [f"--{OPTIONS[name]}={path}" for name, path in sections.items() if name in OPTIONS]
    words += [f"--bank={bank}" for bank in interop.BANKS]
    theirs = json.loads(interop.run(MEASURE, "sign", *words, "--private-key=key.pem", "--public-key=public.pem").stdout)
    interop.same(json.loads(sign(uki)), theirs, "document for systemd")
    interop.same([len(theirs[bank]) for bank in interop.BANKS], [4, 4], "signatures of systemd-measure")
    one = json.loads(interop.run(MEASURE, "sign", *words, "--private-key=key.pem", "--public-key=public.pem",
                                 "--phase=enter-initrd:leave-initrd").stdout)
    interop.same(json.loads(sign(uki, "--phase=enter-initrd:leave-initrd")), one, "document for one phase")
    both = json.loads(sign(uki, "--security-version=7", "--floor=5"))
    own = both.pop("asterism")
    interop.same(both, theirs, "systemd's part of the document for both")
    interop.same([own["security_version"], own["floor"], sorted(own["state"])], [7, 5, sorted(interop.BANKS)], "our part")
    return own


def check_token(uki):
    """A key on a token gives the same document."""
    tokens = pathlib.Path("tokens").absolute()
    tokens.mkdir()
    interop.write("softhsm.conf", f"directories.tokendir = {tokens}\nobjectstore.backend = file\n")
    environment = {**os.environ, "SOFTHSM2_CONF": str(pathlib.Path("softhsm.conf").absolute()), "PKCS11_MODULE": SOFTHSM}
    interop.run("openssl", "pkcs8", "-topk8", "-nocrypt", "-in", "key.pem", "-out", "key.p8")
    for words in (["--init-token", "--free", "--label", "build", "--pin", "1234", "--so-pin", "1234"],
                  ["--import", "key.p8", "--token", "build", "--label", "policy", "--id", "01", "--pin", "1234"]):
        interop.run("softhsm2-util", *words, env=environment)
    uri = "pkcs11:token=build;object=policy;type=private?pin-value=1234"
    interop.write("token.key", uri + "\n")
    wanted = sign(uki, "--security-version=7")
    for key in (uri, "token.key"):
        interop.same(sign(uki, "--security-version=7", key=key, env=environment), wanted, f"document by {key}")
    missing = interop.run(interop.BINARY, "sign-policy", uki, "--key=pkcs11:token=none;object=none", env=environment, check=False)
    interop.same(missing.returncode, 8, "exit code without a token")


def check_refusals(uki, plain):
    interop.holds(".pcrpkey" in interop.refused(7, "sign-policy", plain, "--key=key.pem"), "no .pcrpkey")
    interop.refused(6, "sign-policy", uki, "--key=other.pem")
    interop.refused(6, "sign-policy", uki, "--key=key.pem", "--public-key=ecc-public.pem")
    interop.refused(2, "sign-policy", uki, "--key=key.pem", "--security-version=3", "--floor=4")
    interop.refused(2, "sign-policy", uki, "--key=key.pem", "--floor=4")
    interop.refused(2, "sign-policy", uki, "--key=key.pem", "--security-version=4097")
    interop.refused(2, "sign-policy", uki, "--key=key.pem", "--phase=leave-initrd")
    interop.refused(2, "sign-policy", uki, "--key=key.pem", "--bank=sha1")
    interop.refused(3, "sign-policy", uki, "--key=none.pem")
    interop.refused(5, "sign-policy", uki, "--key=public.pem")


def boot(uki, *, phases=1):
    """Extends PCR 11 as the image does up to the first phase, or more."""
    events = [e for e in interop.predict(uki, "--secure-boot=off")["predictions"][0]["events"] if e["pcr"] == 11]
    kept = events[: len(events) - len(interop.PHASES) + phases]
    for event in kept:
        tpm("tpm2_pcrextend", "11:" + ",".join(f"{bank}={event['digests'][bank]}" for bank in interop.BANKS))


def entry_files(name, entry, reference):
    interop.write(f"{name}.pol", bytes.fromhex(entry["pol"]))
    interop.write(f"{name}.sig", base64.b64decode(entry["sig"]))
    interop.write(f"{name}.ref", reference)
    interop.write(f"{name}.message", bytes.fromhex(entry["pol"]) + reference)


def authorize(name):
    """PolicyAuthorize with an entry, in the session."""
    tpm("tpm2_verifysignature", "-c", "policy-key.ctx", "-g", "sha256", "-m", f"{name}.message", "-s", f"{name}.sig",
        "-f", "rsassa", "-t", f"{name}.ticket")
    tpm("tpm2_policyauthorize", "-S", "session.ctx", "-i", f"{name}.pol", "-q", f"{name}.ref", "-n", "policy-key.name",
        "-t", f"{name}.ticket")


class Session:
    def __enter__(self):
        tpm("tpm2_startauthsession", "-S", "session.ctx", "--policy-session")

    def __exit__(self, *_):
        tpm("tpm2_flushcontext", "session.ctx")


def public_area(pem):
    """TPM2B_PUBLIC of an RSA key: SHA-256, userWithAuth | decrypt | sign, nothing else; exponent 0 stands for 65537."""
    text = interop.run("openssl", "rsa", "-pubin", "-in", pem, "-noout", "-modulus").stdout
    modulus = bytes.fromhex(text.strip().removeprefix("Modulus="))
    area = bytes.fromhex("0001000b00060040000000100010") + struct.pack(">HIH", len(modulus) * 8, 0, len(modulus)) + modulus
    return struct.pack(">H", len(area)) + area


def authorized_digest(name, *more):
    """The policy digest that comes of PolicyAuthorize alone, then `more`, in a trial session of theirs."""
    tpm("tpm2_startauthsession", "-S", "trial.ctx")
    tpm("tpm2_policyauthorize", "-S", "trial.ctx", "-i", f"{name}.pol", "-q", f"{name}.ref", "-n", "policy-key.name",
        "-L", f"{name}.authorized")
    for words in more:
        tpm(words[0], "-S", "trial.ctx", "-L", f"{name}.authorized", *words[1:])
    tpm("tpm2_flushcontext", "trial.ctx")
    return f"{name}.authorized"


def unseal(version, bank="sha256"):
    interop.write("operand", struct.pack(">Q", version))
    with Session():
        tpm("tpm2_policypcr", "-S", "session.ctx", "-l", f"{bank}:11,12,13")
        tpm("tpm2_policynv", "-S", "session.ctx", "-C", FLOOR, "-i", "operand", FLOOR, "ule")
        authorize(f"state-{bank}")
        tpm("tpm2_policypcr", "-S", "session.ctx", "-l", f"{bank}:15")
        return tpm("tpm2_unseal", "-c", f"sealed-{bank}.ctx", "-p", "session:session.ctx", text=False).stdout


def check_tpm2_tools(uki, own):
    """tpm2-tools make the floor, raise it, seal and open, with nothing of ours but the signatures."""
    tpm("tpm2_startup", "-c")
    boot(uki)
    # From PEM their tool would write the exponent out, which gives the key another Name.
    interop.write("public.tpm", public_area("public.pem"))
    tpm("tpm2_loadexternal", "-C", "o", "-u", "public.tpm", "-c", "policy-key.ctx", "-n", "policy-key.name")
    for name in ("floor_start", "floor_raise"):
        entry_files(name, own[name], FLOOR_REFERENCE)
    policy = authorized_digest("floor_start")
    tpm("tpm2_nvdefine", FLOOR, "-C", "o", "-s", "8", "-a", "nt=0x1|policywrite|ownerread|authread|no_da", "-L", policy)
    with Session():
        tpm("tpm2_policynvwritten", "-S", "session.ctx", "c")
        tpm("tpm2_policycommandcode", "-S", "session.ctx", "TPM2_CC_NV_Increment")
        authorize("floor_start")
        tpm("tpm2_nvincrement", FLOOR, "-C", FLOOR, "-P", "session:session.ctx")
    interop.write("operand", struct.pack(">Q", own["floor"]))
    for _ in range(own["floor"] - 1):
        with Session():
            tpm("tpm2_policynv", "-S", "session.ctx", "-C", FLOOR, "-i", "operand", FLOOR, "ult")
            tpm("tpm2_policycommandcode", "-S", "session.ctx", "TPM2_CC_NV_Increment")
            authorize("floor_raise")
            tpm("tpm2_nvincrement", FLOOR, "-C", FLOOR, "-P", "session:session.ctx")
    floor = tpm("tpm2_nvread", FLOOR, "-C", FLOOR, text=False).stdout
    interop.same(floor, struct.pack(">Q", own["floor"]), "floor")
    with Session():
        interop.holds(tpm("tpm2_policynv", "-S", "session.ctx", "-C", FLOOR, "-i", "operand", FLOOR, "ult",
                          check=False).returncode != 0, "the floor is as high as it was signed for")

    tpm("tpm2_createprimary", "-C", "o", "-G", "ecc", "-c", "primary.ctx")
    interop.write("secret", b"the key of the state disk")
    for bank in interop.BANKS:
        entry_files(f"state-{bank}", own["state"][bank][0], STATE_REFERENCE)
        policy = authorized_digest(f"state-{bank}", ("tpm2_policypcr", "-l", f"{bank}:15"))
        tpm("tpm2_create", "-C", "primary.ctx", "-i", "secret", "-L", policy, "-u", "sealed.pub", "-r", "sealed.priv",
            "-a", "fixedtpm|fixedparent|noda")
        tpm("tpm2_load", "-C", "primary.ctx", "-u", "sealed.pub", "-r", "sealed.priv", "-c", f"sealed-{bank}.ctx")
        interop.same(unseal(own["security_version"], bank), b"the key of the state disk", f"unsealed, {bank}")


def check_systemd_creds(uki):
    """systemd finds its signatures beside ours."""
    interop.write("both.json", sign(uki, "--security-version=7"))
    device = "--tpm2-device=libtpms:" + str(pathlib.Path("tpm-state").absolute())
    tpm("systemd-creds", "encrypt", device, "--with-key=tpm2-with-public-key", "--tpm2-public-key=public.pem",
        "--tpm2-public-key-pcrs=11", "--tpm2-pcrs=", "--name=disk", "secret", "credential")
    opened = tpm("systemd-creds", "decrypt", device, "--tpm2-signature=both.json", "--name=disk", "credential", "-").stdout
    interop.same(opened, "the key of the state disk", "what systemd-creds opened")


def check_section(files, uki):
    """With .pcrsig added, PCR 11 is what was signed, and systemd-measure and the prediction still agree on the rest."""
    interop.write("pcrsig.json", sign(uki, "--security-version=7"))
    whole = interop.build_uki("whole.efi", files, "--section=.pcrsig:@pcrsig.json")
    cut = interop.sections(whole, "whole.sections")
    interop.same(cut[".pcrsig"].read_bytes().rstrip(b"\0"), pathlib.Path("pcrsig.json").read_bytes(), "section .pcrsig")
    before, after = (interop.predict(image, "--secure-boot=off")["predictions"][0]["banks"] for image in (uki, whole))
    for bank in interop.BANKS:
        interop.same(after[bank]["11"], before[bank]["11"], f"PCR 11 {bank} with and without signatures")
        interop.holds(after[bank]["9"] != before[bank]["9"], "the signatures reach PCR 9")
    interop.same(sign(whole, "--security-version=7"), pathlib.Path("pcrsig.json").read_text(), "signing again")
    return whole


def main():
    make_keys()
    public = pathlib.Path("public.pem").read_text()
    files = interop.parts("parts", pcrpkey=public)
    uki = interop.build_uki("uki.efi", files)
    if sys.argv[1:] == ["token"]:
        check_token(uki)
        return
    own = check_systemd_measure(uki)
    check_refusals(uki, interop.build_uki("plain.efi", interop.parts("plain")))
    check_section(files, uki)
    check_tpm2_tools(uki, own)
    check_systemd_creds(uki)
    # An elliptic key makes a document too; its signatures are another each time.
    ecc = interop.build_uki("ecc.efi", interop.parts("ecc", pcrpkey=pathlib.Path("ecc-public.pem").read_text()))
    interop.holds("asterism" in json.loads(sign(ecc, "--security-version=1", key="ecc.pem")), "a document by an ECC key")


if __name__ == "__main__":
    main()
