# SPDX-License-Identifier: Apache-2.0
"""Boots an altered image as far as the kernel, fetches log and PCRs from outside, and asks explain. No test itself.

A row of explain_boots.txt names alterations; each is a function here that changes what will be booted.
"""

import json
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from asterism_vm import accelerator, disk, event_log, measured
from asterism_vm.base import BUILD, FIRMWARE_TIMEOUT, SOURCE, VmError, tool
from asterism_vm.case import Case
from asterism_vm.image import Image
from asterism_vm.machine import Disk, Machine
from asterism_vm.pcrs import PCR_COUNT, Pcrs
from asterism_vm.predict import BANKS, PROGRAM
from asterism_vm.varstore import SecureBootKeys
from asterism_vm.vm import Vm

from .refusal import LOADER, UKI_FOLDER

TABLE = SOURCE / "tests" / "vm" / "explain_boots.txt"

# Whatever speaks first once the firmware has handed over.
_KERNEL_SPEAKS = re.compile(rb"\n\[ {1,4}\d+\.\d{6}\]|systemd\[1\]|asterism")
_GIVEN_UP = re.compile(rb"No bootable option or device was found")
# The kernel may or may not have extended it by the time the machine is stopped; its own log tells of it, not the firmware's.
_IMA_PCR = 10
_SHA256_LIST = bytes.fromhex("2616c4c14c509240aca941f936934328")


@dataclass(frozen=True)
class Row:
    name: str
    alterations: list[str]
    expected: list[tuple[str, str]]  # register, cause; "*" for any cause


def rows(path: Path = TABLE) -> list[Row]:
    found = []
    for line in path.read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) != 3 or not cells[0]:
            raise VmError(f"{path}: not a row of three cells: {line}")
        expected = [tuple(part.strip() for part in item.split(">")) for item in cells[2].split(";") if item.strip()]
        if any(len(item) != 2 for item in expected):
            raise VmError(f"{path}: not 'register > cause': {cells[2]}")
        found.append(Row(cells[0], cells[1].split(), expected))
    return found


@dataclass
class Boot:
    """What will be booted; alterations change it."""

    case: Case
    image: Image
    folder: Path
    raw: Path
    lists: dict[str, bytes]
    booted: Image
    secure_boot: bool = True
    expected_secure_boot: bool = True
    memory_mib: int = 2048
    extra: list[str] = field(default_factory=list)
    firmware: Path | None = None
    before: Disk | None = None
    full_phases: bool = True

    def esp(self) -> disk.Esp:
        return disk.Esp(self.raw)

    def uki_name(self) -> str:
        (name,) = self.esp().list(UKI_FOLDER)
        return name

    def put(self, name: str, content: bytes) -> None:
        """Writes a file of the ESP, making the folders above it."""
        where = f"{self.raw}@@{disk.find(self.raw, 'esp').start}"
        folder = ""
        for part in name.split("/")[:-1]:
            folder += f"/{part}"
            if not self._is_folder(where, folder):
                tool(["mmd", "-i", where, f"::{folder}"], what=f"making {folder} on the ESP")
        file = self.folder / "content"
        file.write_bytes(content)
        self.esp().write(name, file)
        file.unlink()

    @staticmethod
    def _is_folder(where: str, name: str) -> bool:
        try:
            tool(["mdir", "-b", "-i", where, f"::{name}"], what="looking for a folder")
        except VmError:
            return False
        return True


def _section(pe: bytes, name: str) -> tuple[int, int]:
    """File offset and length of a section's content."""
    header = struct.unpack_from("<I", pe, 0x3C)[0]
    count, optional = struct.unpack_from("<H", pe, header + 6)[0], struct.unpack_from("<H", pe, header + 20)[0]
    for index in range(count):
        entry = struct.unpack_from("<8sIIII", pe, header + 24 + optional + 40 * index)
        if entry[0].rstrip(b"\0").decode() == name:
            return entry[4], min(entry[1], entry[3])
    raise VmError(f"no section {name}")


def _alter_section(boot: Boot, name: str) -> None:
    """Changes a section of the UKI so that the machine still starts: words, or bytes that nobody reads."""
    pe = bytearray(boot.esp().read(f"{UKI_FOLDER}/{boot.uki_name()}"))
    start, size = _section(pe, name)
    if name == ".linux":
        at = start + 0x1E0  # in the real-mode boot sector, before the setup header
    elif name == ".initrd":
        at = start + size - 1  # behind the last archive
    else:
        word = {".cmdline": b"loglevel=", ".osrel": b"VERSION_ID=", ".uname": b"."}[name]
        at = pe.index(word, start, start + size) + len(word)
        if name == ".osrel":
            at += pe[at] == ord('"')
    pe[at] = ord("4") if pe[at] != ord("4") and name not in (".linux", ".initrd") else pe[at] ^ 1
    boot.put(f"{UKI_FOLDER}/{boot.uki_name()}", bytes(pe))


def _smbios(boot: Boot) -> None:
    boot.extra += ["-smbios", "type=11,value=io.systemd.stub.kernel-cmdline-extra=init=/bin/sh"]


def _memory(boot: Boot) -> None:
    boot.memory_mib = 1536


def _credentials(boot: Boot) -> None:
    boot.put("loader/credentials/test.cred", b"not encrypted, and nobody reads it")


def _loader_conf(boot: Boot) -> None:
    boot.put("loader/loader.conf", boot.esp().read("loader/loader.conf") + b"# altered\n")


def _beside_uki(name: str) -> Callable[[Boot], None]:
    """Into the folder of companions, which has the UKI's name without its boot counter (systemd-stub(7))."""

    def alter(boot: Boot) -> None:
        folder = re.sub(r"\+\d+(-\d+)?(?=\.efi$)", "", boot.uki_name()) + ".extra.d"
        boot.put(f"{UKI_FOLDER}/{folder}/{name}", b"no image, but the stub passes it on")

    return alter


def _gpt(boot: Boot) -> None:
    tool(["sfdisk", "--disk-id", boot.raw, "11111111-2222-4333-8444-555555555555"], what="changing the disk's GUID")


def _replace_key(name: str, by: str) -> Callable[[Boot], None]:
    def alter(boot: Boot) -> None:
        boot.lists[name] = SecureBootKeys.read(boot.image.folder / "secure-boot").lists[by]

    return alter


def _db(boot: Boot) -> None:
    boot.lists["db"] += boot.lists["KEK"]


def _dbx(boot: Boot) -> None:
    boot.lists["dbx"] = _SHA256_LIST + struct.pack("<III", 76, 0, 48) + bytes(16) + b"\x11" * 32


def _uki_as_loader(boot: Boot) -> None:
    boot.put(LOADER, boot.esp().read(f"{UKI_FOLDER}/{boot.uki_name()}"))


def _broken_disk_first(boot: Boot) -> None:
    """A disk that the firmware tries first, and whose program is none."""
    path = boot.folder / "broken.raw"
    tool(["truncate", "-s", "40M", path], what="making a disk")
    tool(["sfdisk", "-q", path], what="making a partition table", data=b"label: gpt\n- - U -\n")
    tool(["mkfs.vfat", "-F", "32", "--offset", "2048", path, "38000"], what="making a file system")
    program = boot.folder / "program"
    program.write_bytes(b"no program")
    for words in (["mmd", "-i", f"{path}@@1M", "::EFI", "::EFI/BOOT"], ["mcopy", "-i", f"{path}@@1M", program, f"::{LOADER}"]):
        tool(words, what="filling the broken disk")
    boot.before = Disk(path)


def _debug_image(boot: Boot) -> None:
    boot.booted = Image.debug()
    boot.raw = disk.copy(boot.booted.raw, boot.folder / "debug.raw")


def _off(boot: Boot) -> None:
    boot.secure_boot = boot.expected_secure_boot = False


def _off_unexpected(boot: Boot) -> None:
    boot.secure_boot = False


def _loader_altered(boot: Boot) -> None:
    pe = bytearray(boot.esp().read(LOADER))
    start, size = _section(pe, ".osrel" if b".osrel" in pe[:1024] else ".sdmagic")
    pe[start + size // 2] ^= 1
    boot.put(LOADER, bytes(pe))


def _addon(boot: Boot) -> None:
    path = boot.folder / "test.addon.efi"
    tool(["ukify", "build", f"--output={path}", "--cmdline=rd.break"], what="making an add-on")
    boot.put("loader/addons/test.addon.efi", path.read_bytes())


def _option_rom(boot: Boot) -> None:
    boot.extra += ["-device", "virtio-net-pci,romfile=/usr/share/qemu/efi-virtio.rom"]


def _other_firmware(boot: Boot) -> None:
    boot.firmware = Path("/usr/share/OVMF/OVMF_CODE_4M.fd")


def _no_phases(boot: Boot) -> None:
    boot.full_phases = False


_ALTERATIONS: dict[str, Callable[[Boot], None]] = {
    "smbios": _smbios, "dbx": _dbx, "memory": _memory, "credentials": _credentials, "loader-conf": _loader_conf,
    "PK": _replace_key("PK", "KEK"), "KEK": _replace_key("KEK", "PK"), "db": _db, "gpt": _gpt,
    "sysext": _beside_uki("test.sysext.raw"), "confext": _beside_uki("test.confext.raw"), "uki-as-loader": _uki_as_loader,
    "broken-disk-first": _broken_disk_first, "debug-image": _debug_image, "off": _off, "off-unexpected": _off_unexpected,
    "loader-altered": _loader_altered, "addon": _addon, "option-rom": _option_rom, "other-firmware": _other_firmware,
    "no-phases": _no_phases,
    **{f"section.{name}": lambda boot, name=name: _alter_section(boot, f".{name}") for name in ("linux", "osrel", "cmdline", "initrd", "uname")},
}  # fmt: skip


@dataclass(frozen=True)
class Evidence:
    log: Path
    userspace: Path
    values: Path


def _write(folder: Path, log: bytes, pcrs: Pcrs) -> Evidence:
    evidence = Evidence(folder / "event.log", folder / "userspace.log", folder / "pcrs.json")
    evidence.log.write_bytes(log)
    evidence.userspace.write_text(event_log.userspace(log, pcrs.extends))
    # As after a start (zeros, or ones where only a dynamic launch could write) a register has nothing to tell.
    values = {bank: {str(index): pcrs.of(bank, index).hex() for index in range(PCR_COUNT) if index != _IMA_PCR and len(set(pcrs.of(bank, index))) > 1} for bank in BANKS}
    evidence.values.write_text(json.dumps(values))
    return evidence


def _power_on(boot: Boot) -> Evidence:
    variables = boot.case.variables(SecureBootKeys(boot.lists) if boot.secure_boot else None, f"{boot.folder.name}.fd")
    machine = Machine(
        Disk(boot.raw), variables, memory_mib=boot.memory_mib, extra=tuple(boot.extra), accelerator=accelerator.choose(boot.booted.file("efi"))
    )
    if boot.firmware:
        machine = Machine(**{**machine.__dict__, "firmware": boot.firmware, "smm": False})
    if boot.before:
        machine = Machine(**{**machine.__dict__, "disk": boot.before, "second_disk": machine.disk})
    with Vm(machine, boot.folder) as vm:
        seen = vm.wait(_KERNEL_SPEAKS, _GIVEN_UP, timeout=2 * FIRMWARE_TIMEOUT)
        if seen != _KERNEL_SPEAKS:
            raise VmError(f"no kernel spoke; last on the console: {vm.console.last_line()}; {vm.logs()}")
        found = event_log.search(vm, boot.folder)
        pcrs = measured.cut_and_collect(vm)
        boot.case.note(f"{boot.folder.name}: kernel {vm.seconds():.0f} s after power-on, {len(found)} logs in its memory")
    return _write(boot.folder, event_log.choose(found, pcrs), pcrs)


def _explain(boot: Boot, evidence: Evidence, reference: Path | None) -> list[tuple[str, str]]:
    """Runs explain and returns register and cause of all differences."""
    state = "on" if boot.expected_secure_boot else "off"
    words = [PROGRAM, "explain", "--json", "--log", evidence.log, "--pcrs", evidence.values, f"--secure-boot={state}", "--platform=qemu"]
    words += ["--manifest", boot.image.folder / "manifest.json", "--stage=kernel"]
    if not boot.full_phases:
        empty = boot.folder / "empty.log"
        empty.write_text("")
        words[-1:] = ["--stage=ready", "--userspace", empty]
    # The manifest's PCR 7 is that of the publisher's keys, with Secure Boot off too; a machine that nobody set up has none.
    no_keys = boot.folder / "no-keys"
    no_keys.mkdir()
    (no_keys / "PK.esl").touch()
    words += ["--secure-boot-variables", boot.image.folder / "secure-boot" if boot.expected_secure_boot else no_keys]
    if reference:
        words += ["--reference", reference]
    if boot.booted != boot.image:
        words += ["--known", boot.booted.folder / "manifest.json"]
    (boot.folder / "explain.sh").write_text(" ".join(map(str, words)) + "\n")
    text = tool(["sh", "-c", '"$@"; code=$?; [ $code = 6 ] || exit $code', "sh", *map(str, words)], what=f"explaining {boot.folder.name}")
    (boot.folder / "explanation.json").write_bytes(text)
    result = json.loads(text)
    return [(each["register"], each["cause"]) for each in result["registers"] if each["status"] == "differs"]


class Explained:
    """Boots rows one after the other; the plain boot of each state of Secure Boot is the reference of what follows."""

    def __init__(self, case: Case):
        self.case = case
        self.references: dict[bool, Path] = {}

    def check(self, row: Row) -> None:
        folder = self.case.folder / row.name
        folder.mkdir()
        image = Image.release()
        raw = disk.copy(image.raw, folder / "disk.raw")
        boot = Boot(self.case, image, folder, raw, dict(SecureBootKeys.read(image.folder / "secure-boot").lists), image)
        for name in row.alterations:
            _ALTERATIONS[name](boot)
        evidence = _power_on(boot)
        found = _explain(boot, evidence, self.references.get(boot.secure_boot))
        self._compare(row, found, folder)
        if set(row.alterations) <= {"off"}:
            self.references[boot.secure_boot] = evidence.log
        for path in folder.glob("*.raw"):
            path.unlink()

    def _compare(self, row: Row, found: list[tuple[str, str]], folder: Path) -> None:
        wanted = [(register, cause if why == "*" else why) for (register, why), (_, cause) in zip(row.expected, found, strict=False)]
        if found != wanted or len(found) != len(row.expected):
            raise VmError(f"{row.name}: explained as {found}, expected {row.expected}; see {folder}")
        self.case.note(f"{row.name}: {len(found)} registers explained")
