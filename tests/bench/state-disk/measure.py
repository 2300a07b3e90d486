#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The state disk beside other ways to encrypt one, in one guest on the release image's kernel; prints one JSON object.

    measure.py <bench.file-io> <rounds>

made.<size>:      seconds until a blank disk of that size is mounted, by disk-mapper
plain.made:       the same by cryptsetup luksFormat, open and mke2fs on 4 GiB, nothing authenticated
reference.made:   the same with AES-XTS and HMAC-SHA-256, the whole disk wiped first, on a small disk
<way>.<figure>:   MiB/s of a file on ext4, one value a round: seq-write, seq-read, random-write, random-read
"""

import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "vm"))

from asterism_vm import state_disk  # noqa: E402
from asterism_vm.base import VmError  # noqa: E402
from asterism_vm.case import Case  # noqa: E402
from asterism_vm.guest import DONE, Guest, GuestSystem  # noqa: E402
from asterism_vm.image import Image  # noqa: E402

_MIB = 1 << 20
_GIB = 1 << 30
_FILE_MIB = 48
_TIMEOUT = 1800.0
_FIGURES = ("seq-write", "seq-read", "random-write", "random-read")
# name: cryptsetup's words; the disk's size. Those that authenticate are wiped whole, so their disks are small.
_WAYS = {
    "plain": ("--cipher aes-xts-plain64 --key-size 512", 4 * _GIB),
    "reference": ("--cipher aes-xts-plain64 --key-size 512 --integrity hmac-sha256", 192 * _MIB),
    "aes-gcm": ("--cipher aes-gcm-random --key-size 256 --integrity aead", 192 * _MIB),
    "aegis128": ("--cipher aegis128-random --key-size 128 --integrity aead", 192 * _MIB),
}
_PRELUDE = """
mkdir -p /root-image /bench; mount -t erofs -o ro /dev/disk-root /root-image && mount --bind /root-image/usr/lib/modules /usr/lib/modules
for module in aegis128-aesni aegis128 gcm ghash-clmulni-intel ghash-generic authenc seqiv; do modprobe $module 2>/dev/null; done
now() { date +%s%N; }
since() { echo $(( ($(now) - $1) / 1000000 )); }
head -c 64 /dev/urandom > /tmp/key
"""
_FORMAT = """
mkdir -p /bench/{name}; start=$(now)
mkdir -p /run/cryptsetup; cryptsetup luksFormat -q --type luks2 --sector-size 4096 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 {words} --key-file /tmp/key {device} &&
cryptsetup open --key-file /tmp/key {device} {name} && mke2fs -q -t ext4 /dev/mapper/{name} && mount /dev/mapper/{name} /bench/{name} &&
echo "bench: {name}.made $(since $start)"
"""
_ROUND = """
for way in ours {names}; do
  grep -q " /bench/$way " /proc/mounts && said=$(bench.file-io /bench/$way/file {mib}) && echo "bench: $way.rates $said"
done
"""


def _script(rounds: int) -> str:
    """Disks are named by their serial numbers: /dev/disk-<serial>."""
    text = state_disk.OPEN
    text += "for disk in /sys/class/block/vd*; do ln -s /dev/${disk##*/} /dev/disk-$(cat $disk/serial); done\n" + _PRELUDE
    text += state_disk.OPENED + "mkdir -p /bench/ours; mount --bind /sysroot/var /bench/ours\n"
    for name, (words, _) in _WAYS.items():
        text += _FORMAT.format(name=name, words=words, device=f"/dev/disk-{name}")
    return text + _ROUND.format(names=" ".join(_WAYS), mib=_FILE_MIB) * rounds


def _blank(path: Path, size: int) -> Path:
    with path.open("wb") as file:
        file.truncate(size)
    return path


def _throughput(case: Case, program: Path, rounds: int) -> dict[str, list[float]]:
    image = Image.release()
    system = GuestSystem(image, case.folder, [program])
    disks = [_blank(case.folder / "state.raw", _GIB), _blank(case.folder / "key.raw", _MIB)]
    disks += [_blank(case.folder / f"{name}.raw", size) for name, (_, size) in _WAYS.items()]
    root = case.folder / "root.raw"
    root.symlink_to(image.file("root.raw"))
    found: dict[str, list[float]] = {}
    with Guest(system, system.initramfs(_script(rounds), "bench"), [*disks, root], case.folder / "console.log") as guest:
        if not guest.wait(DONE, _TIMEOUT):
            raise VmError(f"the guest ended early; log: {guest.console.log}")
        for way, figure, values in re.findall(r"bench: (\S+)\.(made|rates) ([0-9. ]+)", guest.console.text()):
            if figure == "made":
                found[f"{way}.made"] = [int(values) / 1000]
                continue
            for name, value in zip(_FIGURES, values.split(), strict=True):
                found.setdefault(f"{way}.{name}", []).append(float(value))
        missing = [way for way in ("ours", *_WAYS) if f"{way}.{_FIGURES[0]}" not in found or (way in _WAYS and f"{way}.made" not in found)]
        if missing:
            raise VmError(f"no figures of {', '.join(missing)}; log: {guest.console.log}")
    return found


def main() -> int:
    program, rounds = Path(sys.argv[1]), int(sys.argv[2])
    with Case("bench-state-disk") as case:
        found = _throughput(case, program, rounds)
        node = state_disk.Node(case)
        for name, size in (("16-gib", 16 * _GIB), ("1-tib", 1024 * _GIB)):
            node.new_disk(size)
            said = node.boot(state_disk.WRITE)
            made = re.search(r"made state disk .* in (\d+) ms", said)
            if not made:
                raise VmError(f"{name}: {state_disk.said(said)}")
            found[f"made.{name}"] = [int(made[1]) / 1000]
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except VmError as error:
        print(f"measure.py: {error}", file=sys.stderr)
        sys.exit(1)
