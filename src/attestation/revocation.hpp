// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "attestation/certificate.hpp"

struct X509_crl_st;

namespace asterism::attestation {

/// A certificate revocation list.
class RevocationList {
 public:
  static constexpr std::size_t der_bytes_max = 4U << 20;

  /// @errors `corrupt` unless all of `der` is one list of at most der_bytes_max.
  [[nodiscard]] static Result<RevocationList> from_der(Bytes der);

  /// Checks that `issuer` made the list, that it is valid at that time and that `certificate` is not on it.
  /// @errors `unverified` naming what does not hold, with "CRL" in front.
  /// @source RFC 5280 section 5; lists with critical extensions (deltas, partial lists) are refused.
  [[nodiscard]] Result<> check(const Certificate& certificate, const Certificate& issuer, Time time) const;

 private:
  explicit RevocationList(std::shared_ptr<X509_crl_st> crl) : crl_{std::move(crl)} {}
  std::shared_ptr<X509_crl_st> crl_;
};

}  // namespace asterism::attestation
