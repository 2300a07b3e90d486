# SPDX-License-Identifier: Apache-2.0
"""join-agent finds its document on FAT16 and FAT32 volumes that mtools wrote, and says what is wrong with others."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

import disk  # noqa: E402
import interop  # noqa: E402

AGENT = interop.BINARY.parent / "join-agent"
DOCUMENT = pathlib.Path("document")
PLACE = "asterism/node.json"


def fetch(esp, code=0):
    """What the agent said, and what it left."""
    DOCUMENT.unlink(missing_ok=True)
    done = interop.run(AGENT, "--config", DOCUMENT.absolute(), "fetch", f"--esp={esp}", "--fw-cfg=none", "--dmi=none", "--platform=none",
                       check=False)
    interop.same(done.returncode, code, f"exit code for {esp}: {done.stderr}")
    interop.holds(len(done.stderr.splitlines()) <= 1, f"one line at most: {done.stderr}")
    return done.stderr, DOCUMENT.read_bytes() if DOCUMENT.exists() else None


def volume(name, fat, kilobytes):
    interop.run("mkfs.vfat", "-C", "-F", fat, "-s", 1, name, kilobytes)
    return name


def main():
    for fat, kilobytes in ((16, 8000), (32, 40000)):
        esp = volume(f"esp{fat}", fat, kilobytes)
        interop.same(fetch(esp), ("", None), "a volume without a folder")
        disk.mtool("mmd", esp, "asterism")
        interop.same(fetch(esp), ("", None), "a folder without a document")
        for size in (0, 1, 512, 513, 65536):
            content = interop.bytes_of(size, fat)
            disk.copy(esp, interop.write("node.json", content), PLACE)
            said, found = fetch(esp)
            if size == 0:
                interop.holds("on its own" in said and found is None, "an empty document")
            else:
                interop.holds("the node joins a cluster" in said, said)
                interop.same(found, content, f"a document of {size} bytes")
        disk.copy(esp, interop.write("node.json", bytes(65537)), PLACE)
        interop.holds("65537 bytes, and 65536 are the most" in fetch(esp, 5)[0], "a document that is too large")
        disk.mtool("mdel", esp, PLACE)
        disk.mtool("mmd", esp, PLACE)
        interop.holds("is a folder" in fetch(esp, 5)[0], "a folder in its place")

    interop.same(fetch("missing"), ("", None), "no partition")
    said, found = fetch(interop.write("random", interop.bytes_of(1 << 20, 1)))
    interop.holds("no document: 'random': no FAT volume" in said and found is None, said)
    # What cannot be read is no volume without a document.
    pathlib.Path("folder").mkdir()
    interop.holds("reading the FAT boot sector" in fetch("folder", 4)[0], "a device that gives nothing")


main()
