# SPDX-License-Identifier: Apache-2.0
"""A software TPM 2.0 for one power-on of a machine. Its state folder is the TPM's persistent memory."""

import socket
import struct
import subprocess
from pathlib import Path

from . import pcrs, replay, swtpm_log
from .base import VmError

_PR_DIE_WITH_PARENT = ["setpriv", "--pdeathsig", "KILL", "--"]
_CMD_SHUTDOWN, _CMD_SET_DATAFD = 3, 16
_TIMEOUT = 10.0


class Swtpm:
    """All banks that swtpm has (SHA-1, 256, 384, 512) are active in a fresh state folder."""

    def __init__(self, state: Path, log: Path, control: Path):
        """state: folder, made if missing; log: file, replaced; control: where the control socket will lie (≤ 107 bytes)."""
        self.state, self.log, self.control = state, log, control
        self._process: subprocess.Popen | None = None

    def start(self) -> None:
        self.state.mkdir(parents=True, exist_ok=True)
        self.log.unlink(missing_ok=True)
        self.control.unlink(missing_ok=True)
        # The listening socket exists before swtpm does, so whoever connects early only waits.
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(self.control))
            listener.listen(1)
            command = ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self.state}", "--ctrl", f"type=unixio,fd={listener.fileno()}"]
            command += ["--log", f"file={self.log},level=20"]
            try:
                self._process = subprocess.Popen(
                    [*_PR_DIE_WITH_PARENT, *command], pass_fds=[listener.fileno()], stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                )
            except FileNotFoundError:
                raise VmError("starting the software TPM: setpriv is not installed here: run inside the tools tree") from None

    def _connect(self) -> socket.socket:
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(_TIMEOUT)
        client.connect(str(self.control))
        return client

    def _control(self, client: socket.socket, code: int, descriptors: list[int] | None = None) -> None:
        message = struct.pack(">I", code)
        if descriptors:
            socket.send_fds(client, [message], descriptors)
        else:
            client.sendall(message)
        answer = client.recv(64)
        if answer[:4] != bytes(4):
            raise VmError(f"software TPM: control command {code} failed with {answer.hex() or 'no answer'}; log: {self.log}")

    def read_pcrs(self, banks: tuple[str, ...] = ("sha256", "sha384")) -> dict[str, list[bytes]]:
        """Asks the TPM itself, over its data channel; only possible after a power cut, while no machine is connected."""
        try:
            with self._connect() as client:
                ours, theirs = socket.socketpair()
                with ours, theirs:
                    ours.settimeout(_TIMEOUT)
                    self._control(client, _CMD_SET_DATAFD, [theirs.fileno()])
                    return {bank: [_read_pcr(ours, bank, index) for index in range(pcrs.PCR_COUNT)] for bank in banks}
        except OSError as error:
            raise VmError(f"software TPM: reading PCRs failed: {error}; log: {self.log}") from None

    def replayed(self) -> pcrs.Pcrs:
        """The PCRs as the TPM's log says they became. Call after stop(), when the log is complete."""
        try:
            with self.log.open(encoding="ascii", errors="replace") as lines:
                return replay.replay(swtpm_log.exchanges(lines))
        except (OSError, pcrs.LogError) as error:
            raise VmError(f"software TPM: {self.log}: {error}") from None

    def stop(self) -> None:
        """Ends the TPM in order if it still listens, else by force. Safe to call twice."""
        if not self._process:
            return
        try:
            if self._process.poll() is None:
                with self._connect() as client:
                    self._control(client, _CMD_SHUTDOWN)
            self._process.wait(_TIMEOUT)
        except (OSError, VmError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        self._process = None
        self.control.unlink(missing_ok=True)


def _read_pcr(channel: socket.socket, bank: str, index: int) -> bytes:
    algorithm = next(number for number, name in pcrs.BANKS.items() if name == bank)
    selection = (1 << index).to_bytes(3, "little")
    body = struct.pack(">IIHB", 0x17E, 1, algorithm, 3) + selection  # TPM2_PCR_Read
    channel.sendall(struct.pack(">HI", 0x8001, 6 + len(body)) + body)
    answer = channel.recv(4096)
    # header 10, update counter 4, selection 4 + 6, digest count 4, size 2, digest
    if len(answer) < 30 or answer[6:10] != bytes(4) or answer[24:28] != b"\0\0\0\1":
        raise VmError(f"software TPM: TPM2_PCR_Read of {bank} PCR {index} failed: {answer[:40].hex()}")
    return answer[30:]
