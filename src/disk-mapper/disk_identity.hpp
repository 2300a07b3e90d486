// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/digest.hpp"
#include "common/error.hpp"
#include "common/secret.hpp"

namespace asterism::disk_mapper {

/// What a state disk is known by. It stays when keys are added, renewed or removed, and only who has the volume key
/// can make it: a disk made by somebody else has another one, whatever UUID its header says.
struct DiskIdentity {
  std::string uuid;                        ///< of the LUKS2 header
  Digest identity{HashAlgorithm::sha256};  ///< HKDF-SHA-256 over the volume key; not secret

  friend bool operator==(const DiskIdentity&, const DiskIdentity&) = default;
};

/// @param volume_key that opened a key slot of the header. @errors as crypto::hkdf_sha256().
[[nodiscard]] Result<DiskIdentity> disk_identity(std::string uuid, const SecretBytes& volume_key);

}  // namespace asterism::disk_mapper
