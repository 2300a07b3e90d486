# SPDX-License-Identifier: Apache-2.0
"""PCR 7 with real keys: signatures of sbsign, lists of efitools, variable stores of virt-fw-vars, a second model."""

import hashlib
import json
import struct
import uuid

import interop

GLOBAL = uuid.UUID("8be4df61-93ca-11d2-aa0d-00e098032b8c")
SECURITY = uuid.UUID("d719b2cb-3d3a-4596-a3bc-dad00e67656f")
OWNER = "4a5b6c7d-0000-4111-8222-333344445555"
STORE = "/usr/share/OVMF/OVMF_VARS_4M.fd"


def make_key(name, *extra):
    interop.run("openssl", "req", "-new", "-x509", "-newkey", "rsa:2048", "-nodes", "-sha256", "-days", "30",
                "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem", *extra)


def make_leaf(name, issuer):
    interop.run("openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}",
                "-keyout", f"{name}.key", "-out", f"{name}.csr")
    interop.run("openssl", "x509", "-req", "-in", f"{name}.csr", "-CA", f"{issuer}.pem", "-CAkey", f"{issuer}.key",
                "-CAcreateserial", "-days", "30", "-sha256", "-out", f"{name}.pem")


def signature_list(directory, variable, *certificates):
    content = b""
    for certificate in certificates:
        interop.run("cert-to-efi-sig-list", "-g", OWNER, f"{certificate}.pem", "one.esl")
        content += open("one.esl", "rb").read()
    interop.write(f"{directory}/{variable}.esl", content)
    return content


def sign(source, target, *signers):
    interop.run("cp", source, target)
    for signer, *intermediates in signers:
        extra = [word for name in intermediates for word in ("--addcert", f"{name}.pem")]
        interop.run("sbsign", "--key", f"{signer}.key", "--cert", f"{signer}.pem", *extra, "--output", target, target)
    return target


def event(bank, guid, name, data):
    measured = guid.bytes_le + struct.pack("<QQ", len(name), len(data)) + name.encode("utf-16-le") + data
    return hashlib.new(bank, measured).hexdigest()


def pcr7(bank, variables, enabled, authorities):
    digests = [event(bank, GLOBAL, "SecureBoot", bytes([enabled])), event(bank, GLOBAL, "PK", variables["PK"]),
               event(bank, GLOBAL, "KEK", variables["KEK"]), event(bank, SECURITY, "db", variables["db"]),
               event(bank, SECURITY, "dbx", variables["dbx"]), hashlib.new(bank, bytes(4)).hexdigest()]
    return interop.extend(bank, digests + [event(bank, SECURITY, "db", entry) for entry in authorities])


def entry(certificate):
    """EFI_SIGNATURE_DATA of a certificate."""
    der = interop.run("openssl", "x509", "-in", f"{certificate}.pem", "-outform", "DER", text=False).stdout
    return uuid.UUID(OWNER).bytes_le + der


def predict(loader, uki, variables, *extra):
    return interop.predict(uki, f"--boot-loader={loader}", f"--secure-boot-variables={variables}", *extra)


def check(loader, uki, directory, variables, authorities):
    report = predict(loader, uki, directory)
    interop.same(report["refusals"], [], "refusals")
    for prediction, enabled in zip(report["predictions"], (1, 0)):
        for bank in interop.BANKS:
            wanted = pcr7(bank, variables, enabled, authorities if enabled else [])
            interop.same(prediction["banks"][bank]["7"], wanted, f"PCR 7 {bank}, Secure Boot {enabled}")
    return report


def check_store(loader, uki, directory_report):
    """The same keys in a variable store of virt-fw-vars give the same values; its JSON names what is inside."""
    interop.run("virt-fw-vars", "-i", STORE, "-o", "store.fd", "--set-pk", OWNER, "PK.pem", "--add-kek", OWNER, "KEK.pem",
                "--add-db", OWNER, "other.pem", "--add-db", OWNER, "db.pem", "--output-json", "store.json")
    stored = {v["name"]: bytes.fromhex(v["data"]) for v in json.load(open("store.json", encoding="utf-8"))["variables"]}
    variables = {name: stored.get(name, b"") for name in ("PK", "KEK", "db", "dbx")}
    report = check(loader, uki, "store.fd", variables, [entry("db")])
    interop.holds(report["predictions"][0]["banks"] != {}, "values")
    same_off = [r["predictions"][1]["banks"]["sha256"]["4"] for r in (report, directory_report)]
    interop.same(same_off[0], same_off[1], "PCR 4 does not depend on where the keys lie")


def main():
    for name in ("PK", "KEK", "db", "other"):
        make_key(name)
    make_leaf("leaf", "db")
    variables = {"PK": signature_list("keys", "PK", "PK"), "KEK": signature_list("keys", "KEK", "KEK"),
                 "db": signature_list("keys", "db", "other", "db"), "dbx": b""}
    plain = interop.build_uki("plain.efi", interop.parts("parts"))
    uki = sign(plain, "uki.efi", ["db"])
    loader = sign(interop.LOADER, "loader.efi", ["db"])

    report = check(loader, uki, "keys", variables, [entry("db")])
    check_store(loader, uki, report)
    # Two authorities, in the order of loading; a leaf below a db certificate counts as that certificate.
    check(sign(interop.LOADER, "by-other.efi", ["other"]), uki, "keys", variables, [entry("other"), entry("db")])
    check(loader, sign(plain, "by-leaf.efi", ["leaf"]), "keys", variables, [entry("db")])
    # Two signatures: the first one that leads into db.
    check(loader, sign(plain, "twice.efi", ["KEK"], ["db"]), "keys", variables, [entry("db")])

    # What the firmware would refuse.
    for name, image in (("unsigned", plain), ("wrong key", sign(plain, "by-kek.efi", ["KEK"]))):
        refusals = predict(loader, image, "keys")["refusals"]
        interop.holds(len(refusals) == 1 and "refuses" in refusals[0]["reason"], f"{name}: {refusals}")
        interop.refused(6, "predict", image, f"--boot-loader={loader}", "--secure-boot-variables=keys", "--secure-boot=on")
    damaged = bytearray(open(uki, "rb").read())
    damaged[0x1000] ^= 1
    interop.write("damaged.efi", bytes(damaged))
    interop.refused(6, "predict", "damaged.efi", f"--boot-loader={loader}", "--secure-boot-variables=keys", "--secure-boot=on")

    # dbx: the digest of the UKI, then its certificate.
    interop.run("cp", "-r", "keys", "revoked")
    interop.run("hash-to-efi-sig-list", uki, "revoked/dbx.esl")
    interop.holds("dbx" in predict(loader, uki, "revoked")["refusals"][0]["reason"], "a digest in dbx")
    signature_list("revoked", "dbx", "db")
    interop.holds("dbx" in predict(loader, uki, "revoked")["refusals"][0]["reason"], "a certificate in dbx")

    # db by digest instead of certificate.
    interop.run("cp", "-r", "keys", "hashed")
    interop.run("hash-to-efi-sig-list", loader, "hashed/db.esl")
    loader_list = open("hashed/db.esl", "rb").read()
    interop.run("hash-to-efi-sig-list", uki, "hashed/db.esl")
    uki_list = open("hashed/db.esl", "rb").read()
    interop.write("hashed/db.esl", loader_list + uki_list)
    check(loader, uki, "hashed", {**variables, "db": loader_list + uki_list}, [loader_list[28:], uki_list[28:]])


if __name__ == "__main__":
    main()
