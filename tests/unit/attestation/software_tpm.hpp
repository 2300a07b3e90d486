// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "attestation/tpm/evidence.hpp"
#include "pki.hpp"

namespace asterism::testing {

/// A whole TPM inside the test process (libtpms). Only one at a time; its state lies in the test's scratch folder.
class SoftwareTpm {
 public:
  /// @param rsa whether EK and AK are RSA 2048, else P-256.
  explicit SoftwareTpm(bool rsa);
  SoftwareTpm(SoftwareTpm&&) = delete;
  ~SoftwareTpm();

  /// TPMT_PUBLIC of the attestation key.
  [[nodiscard]] Buffer ak_public() const;
  /// The endorsement key, for a certificate to be made.
  [[nodiscard]] Key ek() const;

  void extend(unsigned pcr, const Digest& digest);
  [[nodiscard]] attestation::PcrValues read(attestation::PcrSelection selection);

  struct Quote {
    Buffer attest;
    Buffer signature;
  };
  Quote quote(Bytes nonce, attestation::PcrSelection selection);

  /// TPM2_ActivateCredential. Throws if the TPM refuses.
  Buffer activate(Bytes id_object, Bytes encrypted_secret);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace asterism::testing
