# SPDX-License-Identifier: Apache-2.0
"""A recorded report and its certificate; the same report as versions 3 and 5."""

import seeds


def main():
    seeds.recorded("report_milan_a.bin", "vcek_milan_a.der")
    report = (seeds.DATA / "report_milan_a.bin").read_bytes()
    for version in (3, 5):
        newer = bytearray(report)
        newer[0] = version
        newer[0x188:0x18b] = bytes([0x19, 1, 1])
        seeds.save(f"version{version}", bytes(newer))
    seeds.save("der", bytes.fromhex("0201040500160161300302010106032a0304"))


if __name__ == "__main__":
    main()
