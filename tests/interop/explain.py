# SPDX-License-Identifier: Apache-2.0
"""explain as a person calls it: exit codes, schema, refusals. Logs are written here from the predicted events."""

import hashlib
import json
import struct

import interop
import schema

ALGORITHMS = {"sha256": 0x0B, "sha384": 0x0C}
APPLICATION, IPL, TAG, ACTION = 0x80000003, 0xD, 0x6, 0x80000007
VARIABLE = 0x80000001
GLOBAL, SECURITY = bytes.fromhex("61dfe48bca93d211aa0d00e098032b8c"), bytes.fromhex("cbb219d73a3d9645a3bcdad00e67656f")
EXIT = ("Exit Boot Services Invocation", "Exit Boot Services Returned with Success")


def header():
    spec = b"Spec ID Event03\0" + struct.pack("<IBBBBI", 0, 0, 2, 105, 2, len(ALGORITHMS))
    spec += b"".join(struct.pack("<HH", number, hashlib.new(bank).digest_size) for bank, number in ALGORITHMS.items()) + b"\0"
    return struct.pack("<II20sI", 0, 3, bytes(20), len(spec)) + spec


def record(pcr, kind, digests, data):
    packed = b"".join(struct.pack("<H", number) + bytes.fromhex(digests[bank]) for bank, number in ALGORITHMS.items())
    return struct.pack("<III", pcr, kind, len(ALGORITHMS)) + packed + struct.pack("<I", len(data)) + data


def hashed(pcr, kind, data):
    return record(pcr, kind, {bank: hashlib.new(bank, data).hexdigest() for bank in ALGORITHMS}, data)


def write_log(name, events):
    """A firmware log with the predicted events of the firmware, the boot loader, the stub and the kernel."""
    log = header()
    for guid, variable, data in ((GLOBAL, "SecureBoot", b"\0"), (GLOBAL, "PK", b""), (GLOBAL, "KEK", b""), (SECURITY, "db", b""),
                                 (SECURITY, "dbx", b"")):
        log += hashed(7, VARIABLE, guid + struct.pack("<QQ", len(variable), len(data)) + variable.encode("utf-16-le") + data)
    log += hashed(7, 4, bytes(4)) + hashed(5, 4, bytes(4))
    for event in events:
        if event["what"].startswith("action"):
            log += record(event["pcr"], ACTION, event["digests"], b"Calling EFI Application from Boot Option")
        elif event["what"] == "separator":
            log += record(event["pcr"], 4, event["digests"], bytes(4))
        elif event["what"].startswith("image"):
            log += record(event["pcr"], APPLICATION, event["digests"], bytes(32))
        elif " of section " in event["what"]:
            log += record(event["pcr"], IPL, event["digests"], (event["what"].split()[-1] + "\0").encode("utf-16-le"))
        elif event["stage"] == "kernel":
            log += record(event["pcr"], TAG, event["digests"], struct.pack("<II", 0x8F3B22ED, 2) + b"L\0")
    for text in EXIT:
        log += hashed(5, ACTION, text.encode())
    return interop.write(name, log)


def explain(code, *words):
    done = interop.run(interop.BINARY, "explain", *words, "--json", check=False)
    interop.same(done.returncode, code, f"exit code: {done.stderr}")
    return json.loads(done.stdout)


def main():
    check = schema.validator("explanation.schema.json")
    uki = interop.build_uki("uki.efi", interop.parts("parts"))
    other = interop.build_uki("other.efi", interop.parts("other", cmdline="quiet debug"))
    prediction = {each["secure_boot"]: each for each in interop.predict(uki)["predictions"]}["off"]
    log = write_log("event.log", prediction["events"])

    same = explain(0, f"--log={log}", f"--image={uki}", "--secure-boot=off", "--stage=kernel", "--bank=sha256")
    check.validate({**same})
    differing = [each["register"] for each in same["registers"] if each["status"] == "differs"]
    interop.same(differing, [], "differences of a log made of the prediction")

    found = explain(6, f"--log={log}", f"--image={other}", "--secure-boot=off", "--stage=kernel")
    check.validate(found)
    causes = {each["register"]: each["cause"] for each in found["registers"] if each["status"] == "differs"}
    interop.same(causes, {"PCR 4": "other-uki", "PCR 9": "other-command-line", "PCR 11": "other-command-line"}, "causes")
    interop.holds(not check.is_valid({**found, "registers": [{"register": "PCR 4", "status": "differs"}]}), "a difference has a cause")

    # Values of a quote, in the form that replay writes: the log is true to its own, and not to others.
    replayed = json.loads(interop.run(interop.BINARY, "replay", log, "--json").stdout)["banks"]
    values = interop.write("values.json", json.dumps(replayed))
    explain(0, f"--log={log}", f"--image={uki}", "--secure-boot=off", "--stage=kernel", f"--pcrs={values}")
    replayed["sha384"]["PCR 11"] = "00" * 48
    wrong = explain(6, f"--log={log}", f"--image={uki}", "--secure-boot=off", "--stage=kernel",
                    f"--pcrs={interop.write('wrong.json', json.dumps(replayed))}")
    (register,) = [each for each in wrong["registers"] if each["status"] == "differs"]
    interop.same((register["register"], register["cause"]), ("PCR 11", "log-contradicts-register"), "a contradicted log")

    rows = [
        (2, "--manifest or --image", [f"--log={log}"]),
        (2, "--secure-boot=maybe", [f"--log={log}", f"--image={uki}", "--secure-boot=maybe"]),
        (2, "--stage=never", [f"--log={log}", f"--image={uki}", "--stage=never"]),
        (2, "--bank", [f"--log={log}", f"--image={uki}", "--bank=md5"]),
        (2, "--profile", [f"--log={log}", "--manifest=x", "--profile=1"]),
        (3, "absent", ["--log=absent", f"--image={uki}"]),
        (3, "absent", [f"--log={log}", "--manifest=absent"]),
        (5, "no event log", [f"--log={uki}", f"--image={uki}"]),
        (5, "is no register", [f"--log={log}", f"--image={uki}", f"--pcrs={interop.write('bad.json', json.dumps(dict(sha384={'PCR 99': ''})))}"]),
        (3, "no values of sha384", [f"--log={log}", f"--image={uki}", f"--pcrs={interop.write('empty.json', '{}')}"]),
    ]
    for code, part, words in rows:
        message = interop.refused(code, "explain", *words)
        interop.holds(part in message, f"'{part}' in: {message}")


if __name__ == "__main__":
    main()
