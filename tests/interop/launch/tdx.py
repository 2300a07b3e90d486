# SPDX-License-Identifier: Apache-2.0
"""MRTD in both page orders against a second model."""

import json

import firmware
import interop
import model


def report(*words):
    return json.loads(interop.run(interop.BINARY, "tdx", *words, "--json").stdout)


def main():
    ovmf = firmware.OVMF.read_bytes()
    found = {row["page_order"]: row["measurement"] for row in report(f"--firmware={firmware.OVMF}")["mrtd"]}
    interop.same(found, {order: model.mrtd(ovmf, order) for order in ("by-page", "by-section")}, "MRTD of OVMF")
    interop.write("plain.fd", bytes(8192))
    interop.refused(9, "tdx", "--firmware=plain.fd")
    # The code without its variable store declares sections that the file does not hold.
    interop.refused(5, "tdx", "--firmware=/usr/share/OVMF/OVMF_CODE_4M.fd")


if __name__ == "__main__":
    main()
