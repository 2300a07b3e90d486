# SPDX-License-Identifier: Apache-2.0
"""Policies with one and two keys, and a signature file. The keys are public ones of RFC 8032 and SEC 2 (generator)."""

import documents

ED25519 = "MCowBQYDK2VwAyEA/FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCU="
P256 = ("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/"
        "hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==")
KEYS = [{"name": "a", "public_key": ED25519}, {"name": "b", "public_key": P256}]

if __name__ == "__main__":
    documents.save("one", {"schema": 1, "threshold": 1, "keys": KEYS[:1]})
    documents.save("two", {"schema": 1, "threshold": 2, "keys": KEYS})
    documents.save_text("signature", "aGVsbG8=\n")
