// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/bytes.hpp"
#include "manifest/manifest.hpp"

namespace asterism::measured_boot {

/// Salt and block sizes from the superblock at the start of a hash tree; the names of the files stay empty.
/// @errors `corrupt` if there is no superblock, or a field is impossible; `unsupported` for versions other than 1, hash
///         types other than 1 and hash functions other than SHA-256.
/// @source cryptsetup lib/verity/verity.c, struct verity_sb (512 bytes, little-endian).
/// @checked tests/interop/signing/verity.py with trees of veritysetup.
[[nodiscard]] Result<manifest::VerityTree> read_verity_superblock(const ByteView& tree);

}  // namespace asterism::measured_boot
