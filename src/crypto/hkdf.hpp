// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "common/bytes.hpp"
#include "common/error.hpp"
#include "common/secret.hpp"

namespace asterism::crypto {

/// HKDF-SHA-256, extract and expand. @param size_bytes of the result, at most 255 * 32.
/// @source RFC 5869. @errors `internal` if OpenSSL fails.
[[nodiscard]] Result<SecretBytes> hkdf_sha256(const SecretBytes& key, Bytes salt, Bytes info, std::size_t size_bytes);

}  // namespace asterism::crypto
