# SPDX-License-Identifier: Apache-2.0
"""asterism, join-agent, join-service and disk-mapper: help texts, exit codes, one-line errors. ASTERISM_WRITE_GOLDEN=1
writes the help texts anew."""

import os
import pathlib
import subprocess
import sys

BIN = pathlib.Path(os.environ["ASTERISM_BIN_DIR"])
SOURCE = pathlib.Path(os.environ["ASTERISM_SOURCE_DIR"])
GOLDEN = SOURCE / "tests/interop/asterism/golden"
MAPPER = ("open", "uuid", "grow", "status", "recover", "rekey", "recovery-key", "recovery-key take", "recovery-key add", "recovery-key remove")
UUID = "0f8b9e7c-1d2a-4c3b-8e5f-6a7b8c9d0e1f"


def run(program, *words):
    return subprocess.run([BIN / program, *words], input="", capture_output=True, text=True, check=False, timeout=60)


def same(found, wanted, what):
    if found != wanted:
        sys.exit(f"{what}:\n  found  {found}\n  wanted {wanted}")


def check_help(program, *verb):
    done = run(program, *verb, "--help")
    same(done.returncode, 0, f"exit code of {program} {verb} --help: {done.stderr}")
    path = GOLDEN / ("-".join(["help", program, *verb]) + ".txt")
    if os.environ.get("ASTERISM_WRITE_GOLDEN"):
        path.write_text(done.stdout)
    same(done.stdout, path.read_text(), f"help of {program} {verb}")


def check_exit_codes():
    pathlib.Path("junk").write_text("junk")
    pathlib.Path("short").write_bytes(b"short")
    pathlib.Path("short").chmod(0o600)
    cluster = ["--config=junk", "--operator-key=junk", "--manifests=."]
    verify = ["verify", "localhost:1"]
    recover = ["recover", "localhost:1", *cluster]
    rows = [
        (2, "no verb", "asterism", []),
        (2, "nonsense", "asterism", ["nonsense"]),
        (2, "endpoint", "asterism", ["verify"]),
        (2, "--config", "asterism", [*verify, *cluster[1:]]),
        (2, "--operator-key", "asterism", [*verify, cluster[0], cluster[2]]),
        (2, "--manifests", "asterism", [*verify, *cluster[:2]]),
        (3, "absent", "asterism", [*verify, "--config=absent", *cluster[1:]]),
        (5, "'junk'", "asterism", [*verify, *cluster]),
        (6, "'nowhere' is no host:port", "asterism", ["verify", "nowhere", *cluster]),
        (2, "--disk-uuid", "asterism", [*recover, "--master-secret=short"]),
        (2, "'x' is no UUID", "asterism", [*recover, "--disk-uuid=x", "--master-secret=short"]),
        (2, "one of --master-secret and --disk-key", "asterism", [*recover, f"--disk-uuid={UUID}"]),
        (2, "one of --master-secret and --disk-key", "asterism",
         [*recover, f"--disk-uuid={UUID}", "--master-secret=short", "--disk-key=short"]),
        (5, "'junk'", "asterism", [*recover, f"--disk-uuid={UUID}", "--disk-key=short"]),
        (2, "--report-data", "asterism", ["verify-evidence"]),
        (3, "absent", "join-agent", ["--config=absent"]),
        (3, "absent", "join-service", ["--config=absent"]),
        (5, "junk", "join-service", ["--config=junk"]),
        (2, "no command given (disk-mapper --help", "disk-mapper", []),
        (2, "nonsense", "disk-mapper", ["nonsense"]),
        (2, "no command given (disk-mapper recovery-key --help", "disk-mapper", ["recovery-key"]),
        (2, "nonsense", "disk-mapper", ["recovery-key", "nonsense"]),
        (3, "absent", "disk-mapper", ["open", "--config=absent"]),
        (3, "absent", "disk-mapper", ["uuid", "--config=absent"]),
        (3, "absent", "disk-mapper", ["grow", "--config=absent"]),
        (3, "absent", "disk-mapper", ["rekey", "--config=absent"]),
        (5, "junk", "disk-mapper", ["open", "--config=junk"]),
        (3, "no state disk is open", "disk-mapper", ["status"]),
        (2, "recovery key", "disk-mapper", ["recover"]),
        (3, "no new recovery key", "disk-mapper", ["recovery-key", "take"]),
        (3, "no state disk is open", "disk-mapper", ["recovery-key", "add"]),
        (3, "no state disk is open", "disk-mapper", ["recovery-key", "remove"]),
    ]
    for code, part, program, words in rows:
        done = run(program, *words)
        what = f"{program} {' '.join(words)}: {done.stderr}"
        same(done.returncode, code, f"exit code of {what}")
        lines = done.stderr.splitlines()
        same(len(lines), 1, f"lines of error message of {what}")
        same(done.stdout, "", f"standard output of {what}")
        for expected in (f"{program}: error: ", part, "; "):
            same(expected in lines[0], True, f"'{expected}' in: {lines[0]}")


def main():
    for program, *verb in (["asterism"], ["asterism", "verify"], ["asterism", "verify-evidence"], ["asterism", "recover"],
                           ["join-agent"], ["join-service"], ["disk-mapper"], *(["disk-mapper", *verb.split()] for verb in MAPPER)):
        check_help(program, *verb)
    version = (SOURCE / "VERSION").read_text().strip()
    for program in ("asterism", "join-agent", "join-service", "disk-mapper"):
        same(run(program, "--version").stdout.strip(), version, f"{program} --version")
    check_exit_codes()


if __name__ == "__main__":
    main()
