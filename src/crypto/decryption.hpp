// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/bytes.hpp"
#include "common/secret.hpp"

namespace asterism::crypto {

/// Decrypts what was encrypted to an RSA key (OAEP with SHA-256), as `openssl pkeyutl` writes it.
/// @param key path of a PEM file, or a PKCS#11 URI: opened as PrivateKey::load() does.
/// @errors `not_found`, `io`, `corrupt`, `unavailable` from opening the key; `unsupported` for another type of key;
///         `unverified` if it was not encrypted to it.
/// @source RFC 8017, 7.1. @checked tests/unit/join/disk_key_test.cpp; tests/interop/join with a token.
[[nodiscard]] Result<SecretBytes> decrypt_oaep(const std::string& key, Bytes ciphertext);

}  // namespace asterism::crypto
