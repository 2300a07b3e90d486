# SPDX-License-Identifier: Apache-2.0
"""The .pcrlock output: systemd-pcrlock reads it, and makes the same records of the same files itself."""

import json

import interop

PCRLOCK = "/usr/lib/systemd/systemd-pcrlock"


def records(path, pcr):
    """[(bank, digest)...] of one PCR in order, for the banks that both know."""
    document = json.load(open(path, encoding="ascii"))
    return [sorted((d["hashAlg"], d["digest"]) for d in record["digests"] if d["hashAlg"] in interop.BANKS)
            for record in document["records"] if record["pcr"] == pcr]


def lock(name, *words):
    interop.run(PCRLOCK, *words, f"--pcrlock={name}")
    return name


def main():
    files = interop.parts("parts", cmdline="quiet console=ttyS0")
    uki = interop.build_uki("uki.efi", files)
    ours = "components/650-asterism.pcrlock"
    content = interop.run(interop.BINARY, "predict", uki, f"--boot-loader={interop.LOADER}", "--secure-boot=on",
                          "--format=pcrlock").stdout
    interop.write(ours, content)
    listed = interop.run(PCRLOCK, "list-components", "--components=components", "--json=short").stdout
    interop.holds("650-asterism" in listed, f"systemd-pcrlock lists the component: {listed}")

    theirs = lock("uki.pcrlock", "lock-uki", uki)
    loader = lock("loader.pcrlock", "lock-pe", interop.LOADER)
    interop.same(records(ours, 4)[2:], records(loader, 4) + records(theirs, 4), "PCR 4: boot loader and UKI")
    stub_events = records(theirs, 11)
    interop.holds(len(stub_events) >= 12, "systemd-pcrlock records the sections")
    interop.same(records(ours, 11)[:len(stub_events)], stub_events, "PCR 11: sections")
    cmdline = lock("cmdline.pcrlock", "lock-kernel-cmdline", files["cmdline"])
    interop.same(records(ours, 9)[0], records(cmdline, 9)[0], "PCR 9: command line")

    message = interop.refused(2, "predict", uki, "--format=pcrlock")
    interop.holds("--secure-boot" in message, message)


if __name__ == "__main__":
    main()
