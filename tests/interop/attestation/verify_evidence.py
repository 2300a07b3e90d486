# SPDX-License-Identifier: Apache-2.0
"""`asterism verify-evidence` with recorded evidence: what passes, what is refused and with which exit code; and that
OpenSSL's own program agrees about the certificate chain."""

import json
import os
import pathlib
import subprocess
import sys

SOURCE = pathlib.Path(os.environ["ASTERISM_SOURCE_DIR"])
DATA = SOURCE / "tests/data/attestation"
ROOTS = SOURCE / "src/attestation/roots"
BINARY = pathlib.Path(os.environ["ASTERISM_BIN_DIR"]) / "asterism"
MEASUREMENT = "b07af9620f3b839b47996422ddec6058338951d984e312115131ea82705eaf5b6bdf8a9ece31a5a608eb0cf2e4872b01"

GOOD = {
    "--snp-report": DATA / "report_milan_a.bin",
    "--snp-certificate": DATA / "vcek_milan_a.der",
    "--product": "Milan",
    "--measurement": MEASUREMENT,
    "--tcb-floor": "2,0,5,68",
    "--report-data": "0102030405",
    "--at": "2022-09-24T12:00:00Z",
}


def run(options, *flags):
    words = [str(BINARY), "verify-evidence", *flags]
    words += [f"{name}={value}" for name, value in options.items() if value is not None]
    return subprocess.run(words, capture_output=True, text=True)


def expect(label, options, code, message, flags=("--allow-debug", "--allow-smt")):
    done = run({**GOOD, **options}, *flags)
    if done.returncode != code or message not in done.stderr + done.stdout:
        sys.exit(f"{label}: exit {done.returncode} instead of {code}, '{message}' expected:\n{done.stdout}{done.stderr}")


def main():
    done = run(GOOD, "--allow-debug", "--allow-smt", "--json")
    facts = json.loads(done.stdout)
    if done.returncode != 0 or facts["measurement"] != MEASUREMENT or facts["verified"] is not True:
        sys.exit(f"the recorded report does not pass: {done.stdout}{done.stderr}")
    expect("text", {}, 0, "Milan")
    expect("debug", {}, 6, "policy.debug", ["--allow-smt"])
    expect("SMT", {}, 6, "policy.smt", ["--allow-debug"])
    expect("measurement", {"--measurement": "00" * 48}, 6, "measurement")
    expect("report data", {"--report-data": "01"}, 6, "report_data")
    expect("floor", {"--tcb-floor": "3,0,5,68"}, 6, "reported_tcb: bootloader")
    expect("product", {"--product": "Genoa"}, 6, "product: Milan is not allowed")
    expect("time", {"--at": "2030-01-01T00:00:00Z"}, 6, "has expired")
    expect("no report", {"--snp-report": "absent"}, 3, "absent")
    expect("no certificate", {"--snp-certificate": DATA / "rootcrl.der"}, 5, "certificate")
    expect("odd floor", {"--tcb-floor": "1,2"}, 2, "--tcb-floor")
    expect("odd time", {"--at": "yesterday"}, 2, "--at")
    expect("odd data", {"--report-data": "xyz"}, 2, "--report-data")
    expect("neither", {"--snp-report": None}, 2, "give either")
    tdx = {"--snp-report": None, "--tdx-quote": DATA / "tdx_prod_quote_SPR_E4.dat", "--mrtd": "00" * 48,
           "--tcb-info": DATA / "sample_tcbInfo_response", "--qe-identity": DATA / "sample_qeIdentity_response",
           "--signing-chain": DATA / "intel_tcb_signing.pem", "--pck-crl": DATA / "pckcrl",
           "--root-crl": DATA / "rootcrl.der", "--at": "2023-06-24T12:00:00Z"}
    expect("TDX with a remark behind", tdx, 5, "data behind the signature", ["--json"])
    quote = pathlib.Path("quote.bin")
    quote.write_bytes((DATA / "tdx_prod_quote_SPR_E4.dat").read_bytes()[:4935])
    expect("TDX platform too old", {**tdx, "--tdx-quote": quote}, 6, "tcb: the platform is below", ["--json"])
    expect("TDX late", {**tdx, "--tdx-quote": quote, "--at": "2023-07-24T12:00:00Z"}, 6, "nextUpdate", ["--json"])
    subprocess.run(["openssl", "x509", "-inform", "der", "-in", DATA / "vcek_milan_a.der", "-out", "vcek.pem"], check=True)
    subprocess.run(["openssl", "verify", "-attime", "1664020800", "-CAfile", ROOTS / "amd_milan_vcek.pem", "vcek.pem"],
                   check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
