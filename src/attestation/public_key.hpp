// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "common/bytes.hpp"
#include "common/digest.hpp"

struct evp_pkey_st;

namespace asterism::attestation {

/// What a PublicKey is.
enum class KeyKind : std::uint8_t { ec_p256, ec_p384, rsa };

/// How an RSA signature is padded.
enum class RsaPadding : std::uint8_t { pkcs1, pss };

/// A public key that checks signatures. Copies share the same key.
class PublicKey {
 public:
  /// Takes over OpenSSL's key. @errors `unsupported` for anything but P-256, P-384 and RSA of 2048 to 4096 bits.
  [[nodiscard]] static Result<PublicKey> adopt(std::shared_ptr<evp_pkey_st> key);
  /// @param x,y big-endian, exactly as long as the curve says.
  /// @errors `corrupt` if the point does not lie on the curve.
  [[nodiscard]] static Result<PublicKey> from_point(KeyKind curve, Bytes x, Bytes y);
  /// @param modulus big-endian. @errors `unsupported` for another size than 2048 to 4096 bits; `corrupt`.
  [[nodiscard]] static Result<PublicKey> from_rsa(Bytes modulus, std::uint32_t exponent);

  [[nodiscard]] KeyKind kind() const noexcept { return kind_; }

  /// @param r,s big-endian numbers, leading zeros allowed. @errors `unverified` if the signature does not fit.
  [[nodiscard]] Result<> verify_ecdsa(HashAlgorithm hash, Bytes message, Bytes r, Bytes s) const;
  /// A signature as r and s in DER, as TLS and certificates have it. @errors as verify_ecdsa().
  [[nodiscard]] Result<> verify_ecdsa_der(HashAlgorithm hash, Bytes message, Bytes signature) const;
  /// @errors `unverified` if the signature does not fit.
  [[nodiscard]] Result<> verify_rsa(HashAlgorithm hash, RsaPadding padding, Bytes message, Bytes signature) const;

  /// SubjectPublicKeyInfo in DER: the key's identity. @errors `internal`.
  [[nodiscard]] Result<std::vector<std::byte>> spki() const;
  /// Whether both are the same key.
  [[nodiscard]] bool same_as(const PublicKey& other) const;

  [[nodiscard]] evp_pkey_st* handle() const noexcept { return key_.get(); }

 private:
  PublicKey(std::shared_ptr<evp_pkey_st> key, KeyKind kind) : key_{std::move(key)}, kind_{kind} {}
  [[nodiscard]] Result<> verify(HashAlgorithm hash, const RsaPadding* padding, Bytes message, Bytes signature) const;

  std::shared_ptr<evp_pkey_st> key_;
  KeyKind kind_;
};

}  // namespace asterism::attestation
