# SPDX-License-Identifier: Apache-2.0
"""Indexes with no, one and two versions."""

import documents

FILE = {"name": "manifest-1.json", "size": 11, "sha256": "0" * 64}
VERSION = {"name": "1.0", "state": "stable", "serial": 1, "build": "a" * 64, "folder": "statement-a", "manifest": FILE,
           "signatures": [{**FILE, "name": "manifest-1.json.a.sig"}], "documents": [{**FILE, "name": "provenance-1.json"}]}
INDEX = {"schema": 1, "name": "asterism", "sequence": 1, "not_after": "2027-01-01T00:00:00Z", "channels": {}, "versions": []}

if __name__ == "__main__":
    documents.save("empty", INDEX)
    documents.save("one", {**INDEX, "versions": [VERSION], "channels": {"stable": "1.0", "beta": "1.0"}})
    documents.save("two", {**INDEX, "versions": [{**VERSION, "state": "revoked"}, {**VERSION, "name": "1.1"}], "channels": {"stable": "1.1"}})
