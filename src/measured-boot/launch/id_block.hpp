// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "common/digest.hpp"
#include "crypto/p384.hpp"

namespace asterism::measured_boot {

/// What an SEV-SNP guest's owner demands of its launch.
struct IdBlock {
  static constexpr std::uint64_t policy_default = 0x30000;  ///< SMT allowed, no debugging, no migration agent

  Digest launch_digest{HashAlgorithm::sha384};
  std::array<std::byte, 16> family_id{};
  std::array<std::byte, 16> image_id{};
  std::uint32_t guest_svn = 0;  ///< version of the guest, which the report repeats
  std::uint64_t policy = policy_default;
};

/// The two blobs that a VMM gives to SNP_LAUNCH_FINISH, and what the report will say about the keys.
struct SignedIdBlock {
  std::vector<std::byte> block;  ///< 96 bytes: ID block
  std::vector<std::byte> auth;   ///< 4096 bytes: ID authentication information
  Digest id_key_digest{HashAlgorithm::sha384};
  Digest author_key_digest{HashAlgorithm::sha384};  ///< zeros without an author key
};

/// The 96 bytes of the ID block.
/// @source SEV-SNP Firmware ABI 1.57, section 8.18, table 73.
[[nodiscard]] std::vector<std::byte> id_block_bytes(const IdBlock& block);

/// A public key as SEV firmware holds it: 1028 bytes, numbers least significant byte first.
/// @source SEV-SNP Firmware ABI 1.57, table 137.
[[nodiscard]] std::vector<std::byte> snp_public_key(const crypto::P384Point& point);

/// Signs the block with the ID key, and that key with the author key if there is one.
/// @errors `internal` from OpenSSL.
/// @source SEV-SNP Firmware ABI 1.57, section 8.18, table 74.
/// @checked published key digests in tests/unit/launch; signatures by python3-cryptography in tests/interop/launch.
[[nodiscard]] Result<SignedIdBlock> sign_id_block(const IdBlock& block, const crypto::P384Key& id_key,
                                                  const crypto::P384Key* author_key);

}  // namespace asterism::measured_boot
