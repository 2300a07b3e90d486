// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attestation/certificate.hpp"

namespace asterism::attestation {

/// A key of one side and the self-signed certificate that TLS wants around it. It says nothing about who holds it: that
/// is what evidence is for. Copies share the key.
class TlsIdentity {
 public:
  /// A fresh key on P-256, meant to be used for one session. @errors `internal`.
  [[nodiscard]] static Result<TlsIdentity> make();

  [[nodiscard]] evp_pkey_st* key() const noexcept { return key_.get(); }
  [[nodiscard]] const Certificate& certificate() const noexcept { return certificate_; }

 private:
  TlsIdentity(std::shared_ptr<evp_pkey_st> key, Certificate certificate)
      : key_{std::move(key)}, certificate_{std::move(certificate)} {}

  std::shared_ptr<evp_pkey_st> key_;
  Certificate certificate_;
};

}  // namespace asterism::attestation
