# SPDX-License-Identifier: Apache-2.0
"""A node's configuration, and a member as a service keeps it."""

import json
import pathlib
import sys

TARGET = pathlib.Path(sys.argv[1])


def main():
    key = ("-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE10DLOtv+5zyhJ5wp97p7EtRC1BMi\n"
           "TL8UBabUPmHzh0PNmC9YvtgIe8qDqTetjP7JgMHL+iDev4sljiXYp28jqA==\n-----END PUBLIC KEY-----\n")
    node = {"schema": 1, "cluster": "prod.example", "name": "worker-1", "endpoints": ["join.example:8445", "[fd00::1]:1"],
            "evidence": ["tpm", "snp"], "trust": {"schema": 1, "threshold": 1, "keys": [{"name": "a", "key": key}]}}
    (TARGET / "node").write_text(json.dumps(node))
    member = {"name": "worker-1", "owner": "tpm:00", "images": ["asterism 1.0"], "kinds": ["tpm"], "firmware": "tpm 1",
              "disk_uuid": "", "joined": "2026-11-25T14:00:00Z", "joins": 1, "ak_public": "AA==", "binding": "00",
              "evidence": "AQ=="}
    (TARGET / "member").write_text(json.dumps(member))


if __name__ == "__main__":
    main()
