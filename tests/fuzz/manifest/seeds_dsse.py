# SPDX-License-Identifier: Apache-2.0
"""Envelopes with one and two signatures, with and without key ids."""

import documents

ENVELOPE = {"payload": "aGVsbG8=", "payloadType": "text/plain", "signatures": [{"sig": "aGVsbG8="}]}

if __name__ == "__main__":
    documents.save("one", ENVELOPE)
    documents.save("two", {**ENVELOPE, "signatures": [{"keyid": "", "sig": "aGVsbG8="}, {"keyid": "x", "sig": "aA=="}]})
    documents.save("empty", {**ENVELOPE, "payload": ""})
