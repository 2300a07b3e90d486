# SPDX-License-Identifier: Apache-2.0
"""Event logs of real machines, record by record and register by register, against tpm2_eventlog."""

import hashlib
import json
import os
import pathlib
import struct

import yaml

import interop
import schema

DATA = pathlib.Path(os.environ["ASTERISM_SOURCE_DIR"]) / "tests/data/event-log"


def oracle(log):
    return yaml.safe_load(interop.run("tpm2_eventlog", log).stdout)


def replayed(*words):
    return json.loads(interop.run(interop.BINARY, "replay", *words, "--json").stdout)


def number(name):
    """The number of a register; those of TDX as the log has them."""
    kind, index = name.split()
    return int(index) + (1 if kind == "RTMR" else 0)


def compare(ours, theirs, name):
    events = theirs["events"][1:]  # the first is the header
    interop.same(len(ours["events"]), len(events), f"{name}: events")
    for found, wanted in zip(ours["events"], events):
        place = f"{name}: event {found['number']}"
        interop.same(found["type"], wanted["EventType"], f"{place}: type")
        interop.same(number(found["register"]), wanted["PCRIndex"], f"{place}: register")
        digests = {each["AlgorithmId"]: each["Digest"] for each in wanted["Digests"]}
        interop.same(found["digests"], digests, f"{place}: digests")
        check_facts(found, wanted, place)
    for bank, values in ours["banks"].items():
        found = {number(register): value for register, value in values.items()}
        wanted = {index: f"{value:0{2 * hashlib.new(bank).digest_size}x}" for index, value in theirs["pcrs"][bank].items()}
        interop.same(found, wanted, f"{name}: registers of {bank}")


def check_facts(found, wanted, place):
    facts, event = found["facts"], wanted.get("Event")
    if facts["kind"] == "variable" and isinstance(event, dict) and "UnicodeName" in event:
        interop.same(facts["name"], event["UnicodeName"], f"{place}: name of the variable")
        interop.same(facts["vendor"], str(event["VariableName"]), f"{place}: vendor of the variable")
        interop.same(len(facts["data"]) // 2, event["VariableDataLength"], f"{place}: length of the variable")
    if facts["kind"] == "image" and isinstance(event, dict) and "ImageLengthInMemory" in event:
        interop.same(facts["size"], event["ImageLengthInMemory"], f"{place}: size of the image")
    if facts["kind"] == "gpt" and isinstance(event, dict):
        interop.same(len(facts["partitions"]), event["NumberOfPartitions"], f"{place}: partitions")


def tpm_form(path, target):
    """A TDX log with the header of a TPM log, since the oracle knows no other, and without its tail."""
    log = path.read_bytes().rstrip(b"\xff")
    return interop.write(target, struct.pack("<I", 0) + log[4:])


def main():
    replay_schema = schema.validator("replay.schema.json")
    compared = 0
    for path in sorted(DATA.iterdir()):
        if path.read_bytes()[32:47] != b"Spec ID Event03":
            continue
        ours = replayed(path)
        replay_schema.validate(ours)
        log = path if ours["kind"] == "tpm" else tpm_form(path, f"{path.name}.tpm")
        compare(ours, oracle(log), path.name)
        compared += 1
    interop.same(compared, 5, "logs compared")

    table = DATA / "ccel_table.dat"
    interop.same(replayed(DATA / "ccel_data.dat", f"--ccel-table={table}"), replayed(DATA / "ccel_data.dat"), "with its table")
    for defect in ({"extra": 1}, {"kind": "x"}, {"schema": 2}, {"events": [{}]}):
        interop.holds(not replay_schema.is_valid({**ours, **defect}), f"refused: {defect}")

    # systemd's log: its phases go on from the firmware's value.
    words = ("enter-initrd", "leave-initrd")
    digests = [hashlib.sha256(word.encode()).hexdigest() for word in words]
    text = "".join("\x1e" + json.dumps({"pcr": 11, "digests": [{"hashAlg": "sha256", "digest": digest}], "content_type": "systemd",
                                        "content": {"string": word, "eventType": "phase"}}) + "\n"
                   for word, digest in zip(words, digests))
    log = DATA / "crypto_agile_eventlog"
    done = replayed(log, f"--userspace={interop.write('measure.log', text)}")
    replay_schema.validate(done)
    interop.same(done["banks"]["sha256"]["PCR 11"], interop.extend("sha256", digests), "PCR 11 after two phases")
    interop.same([each["data_check"] for each in done["userspace"]], ["agrees", "agrees"], "checks of the phases")

    interop.holds("TPM 1.2" in interop.refused(9, "replay", DATA / "debian-10.bin"), "a TPM 1.2 log is refused as such")
    interop.holds("no event log" in interop.refused(5, "replay", table), "another file is refused")
    huge = bytearray(log.read_bytes())
    huge[28:32] = b"\xff\xff\xff\xff"
    interop.holds("offset 0x1c claims 4294967295" in interop.refused(9, "replay", interop.write("huge", bytes(huge))), "4 GiB")
    interop.refused(5, "replay", log, f"--userspace={interop.write('cut', text[:-1])}")
    interop.refused(2, "replay", DATA / "ccel_data.dat", "--userspace=measure.log")
    interop.refused(3, "replay", "missing")


if __name__ == "__main__":
    main()
