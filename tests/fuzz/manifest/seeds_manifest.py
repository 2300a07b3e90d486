# SPDX-License-Identifier: Apache-2.0
"""The example manifests, valid and invalid."""

import documents

if __name__ == "__main__":
    documents.save_examples("manifest")
