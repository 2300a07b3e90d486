// SPDX-License-Identifier: Apache-2.0
#include "disk-mapper/disk_identity.hpp"

#include "crypto/hkdf.hpp"

namespace asterism::disk_mapper {
namespace {

constexpr std::string_view domain = "asterism state disk identity 1";

}  // namespace

Result<DiskIdentity> disk_identity(std::string uuid, const SecretBytes& volume_key) {
  ASTERISM_TRY(const auto derived, crypto::hkdf_sha256(volume_key, as_bytes(uuid), as_bytes(domain),
                                                       digest_size_bytes(HashAlgorithm::sha256)));
  ASTERISM_TRY(auto identity, Digest::from_bytes(HashAlgorithm::sha256, derived.bytes()));
  return DiskIdentity{.uuid = std::move(uuid), .identity = identity};
}

}  // namespace asterism::disk_mapper
