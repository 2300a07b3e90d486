// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "attestation/fields.hpp"
#include "attestation/public_key.hpp"

struct x509_st;

namespace asterism::attestation {

/// An X.509 certificate. Copies share the same object.
class Certificate {
 public:
  static constexpr std::size_t der_bytes_max = 16U << 10;

  /// @errors `corrupt` unless all of `der` is one certificate of at most der_bytes_max.
  [[nodiscard]] static Result<Certificate> from_der(Bytes der);
  /// The certificates of a PEM text, in order.
  /// @errors `corrupt` if there is none, more than `count_max`, or one that cannot be read.
  [[nodiscard]] static Result<std::vector<Certificate>> from_pem(std::string_view text, std::size_t count_max);

  /// @errors `internal`.
  [[nodiscard]] Result<std::vector<std::byte>> der() const;
  /// The last common name of the subject, printable; empty if there is none.
  [[nodiscard]] std::string common_name() const;
  /// @errors as PublicKey::adopt().
  [[nodiscard]] Result<PublicKey> public_key() const;
  /// Whether the certificate itself is signed with RSA-PSS.
  [[nodiscard]] bool signed_with_pss() const;
  /// The content of the extension with this dotted OID.
  /// @errors `not_found`; `corrupt` if it stands there twice.
  [[nodiscard]] Result<std::vector<std::byte>> extension(std::string_view oid) const;

  [[nodiscard]] x509_st* handle() const noexcept { return x509_.get(); }

 private:
  explicit Certificate(std::shared_ptr<x509_st> x509) : x509_{std::move(x509)} {}
  std::shared_ptr<x509_st> x509_;
};

/// Checks that `leaf` leads over some of `between` to `anchor` at that time: signatures, dates, CA flags, path lengths,
/// unknown critical extensions. Revocation is RevocationList's.
/// @errors `unverified` naming the certificate and what is wrong with it.
/// @source RFC 5280 section 6.1, as OpenSSL implements it.
[[nodiscard]] Result<> verify_chain(const Certificate& leaf, std::span<const Certificate> between,
                                    const Certificate& anchor, Time time);

}  // namespace asterism::attestation
