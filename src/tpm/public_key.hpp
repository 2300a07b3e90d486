// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "common/bytes.hpp"
#include "common/digest.hpp"

namespace asterism::tpm {

/// A public key that signs policies: RSA with 2048 to 4096 bits and exponent 65537, or ECC on P-256.
class PublicKey {
 public:
  enum class Kind : std::uint8_t { rsa, ecc };

  /// Reads one PEM block "PUBLIC KEY" (SubjectPublicKeyInfo), as in the UKI's section .pcrpkey.
  /// @errors `corrupt` if it is none; `unsupported` for another kind, size or exponent.
  [[nodiscard]] static Result<PublicKey> from_pem(std::string_view pem);

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  /// SubjectPublicKeyInfo in DER.
  [[nodiscard]] Bytes spki() const noexcept { return spki_; }
  /// `pkfp` of .pcrsig: SHA-256 of the bare key in DER, an RSAPublicKey (PKCS#1), or of the point 04, x, y.
  /// @source systemd src/shared/openssl-util.c, pubkey_fingerprint().
  [[nodiscard]] const Digest& fingerprint() const noexcept { return fingerprint_; }
  /// RSA: the modulus. ECC: x, then y, 32 bytes each.
  [[nodiscard]] Bytes unique() const noexcept { return unique_; }

  /// TPMT_PUBLIC as systemd loads it: nameAlg SHA-256, decrypt | sign | userWithAuth, every scheme NULL.
  /// @source systemd src/shared/tpm2-util.c, tpm2_tpm2b_public_from_openssl_pkey(); TPM 2.0 Library, Part 2, 12.2.4.
  [[nodiscard]] std::vector<std::byte> public_area() const;
  /// The Name that PolicyAuthorize covers. @errors `internal` from OpenSSL.
  [[nodiscard]] Result<std::vector<std::byte>> name() const;

  /// Checks a signature over the hash of `message`: RSASSA-PKCS1-v1_5, or ECDSA in DER.
  /// @errors `unverified` if it is not this key's.
  [[nodiscard]] Result<> verify(Bytes message, Bytes signature, HashAlgorithm algorithm = HashAlgorithm::sha256) const;

  friend bool operator==(const PublicKey& a, const PublicKey& b) { return a.spki_ == b.spki_; }

 private:
  PublicKey() = default;

  Kind kind_ = Kind::rsa;
  std::vector<std::byte> spki_;
  std::vector<std::byte> unique_;
  Digest fingerprint_{HashAlgorithm::sha256};
};

/// r and s of an ECDSA signature in DER, as 32 bytes each, one behind the other.
/// @errors `corrupt` if it is none on P-256.
[[nodiscard]] Result<std::vector<std::byte>> ecdsa_r_s(Bytes der);

/// The reverse: ECDSA-Sig-Value in DER of 64 bytes. @errors `corrupt` for another length.
[[nodiscard]] Result<std::vector<std::byte>> ecdsa_der(Bytes r_s);

}  // namespace asterism::tpm
