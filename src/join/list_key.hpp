// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "crypto/private_key.hpp"

namespace asterism::join {

/// The key that signs lists of members: read, or made (P-256, mode 0600) where there is none yet.
/// @errors those of PrivateKey::load(); `io`; `internal`.
[[nodiscard]] Result<crypto::PrivateKey> open_list_key(const std::string& path);

}  // namespace asterism::join
