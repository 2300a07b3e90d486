// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes.hpp"
#include "common/digest.hpp"
#include "common/error.hpp"

namespace asterism::crypto {

/// Kinds of signature keys, by what their signatures are.
enum class KeyType : std::uint8_t {
  ecdsa_p256,  ///< ECDSA over SHA-256, as DER SEQUENCE of r and s
  ed25519,     ///< pure Ed25519 over the message, 64 bytes
};

/// "ecdsa-p256" or "ed25519".
[[nodiscard]] std::string_view to_string(KeyType type) noexcept;

/// A public key that signatures are verified with.
///
/// One key has one encoding: SubjectPublicKeyInfo in DER, named curve, uncompressed point. Others are refused, so that
/// id() names the key and not one of several spellings of it.
class PublicKey {
 public:
  /// @errors `corrupt` if it is no SubjectPublicKeyInfo of either type in that encoding, or no point of the curve;
  ///         `unsupported` for the key types that are recognised but not used here.
  /// @source RFC 5480 section 2, RFC 8410 section 4.
  [[nodiscard]] static Result<PublicKey> from_spki(Bytes der);

  /// From one PEM block "PUBLIC KEY", as `openssl pkey -pubout` and cosign write it. @errors as from_spki().
  [[nodiscard]] static Result<PublicKey> from_pem(std::string_view text);

  [[nodiscard]] KeyType type() const noexcept { return type_; }
  [[nodiscard]] Bytes spki() const noexcept { return spki_; }
  [[nodiscard]] std::string to_pem() const;

  /// SHA-256 of spki(): the name of the key.
  [[nodiscard]] const Digest& id() const noexcept { return id_; }

  /// Checks that `signature` was made by this key over `message`.
  /// @errors `unverified` if it was not, whatever the reason; `internal` from OpenSSL.
  /// @checked tests/interop/signing/cosign.py, with signatures of cosign and openssl.
  [[nodiscard]] Result<> verify(Bytes message, Bytes signature) const;

  friend bool operator==(const PublicKey& a, const PublicKey& b) noexcept { return a.id_ == b.id_; }

 private:
  PublicKey(KeyType type, std::vector<std::byte> spki, Digest id) : type_{type}, spki_{std::move(spki)}, id_{id} {}

  KeyType type_;
  std::vector<std::byte> spki_;
  Digest id_;
};

/// One PEM block "PUBLIC KEY" of a SubjectPublicKeyInfo in DER, whatever the type of key; nothing is checked.
/// @source RFC 7468 section 13.
[[nodiscard]] std::string public_key_pem(Bytes spki);

}  // namespace asterism::crypto
