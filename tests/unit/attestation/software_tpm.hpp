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
  /// @param tcti "libtpms", or "libtpms:<file>" for a TPM that is still the same when that is opened again.
  explicit SoftwareTpm(bool rsa, const std::string& tcti = "libtpms");
  SoftwareTpm(SoftwareTpm&&) = delete;
  ~SoftwareTpm();

  /// TPMT_PUBLIC of the attestation key.
  [[nodiscard]] Buffer ak_public() const;
  /// The endorsement key, for a certificate to be made.
  [[nodiscard]] Key ek() const;

  /// Keeps the attestation key at a persistent handle, as a platform does. Whoever opens the TPM next finds it there.
  void keep_ak(std::uint32_t handle);
  /// Defines an NV index that anybody may read, and fills it.
  void define(std::uint32_t index, Bytes content);

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
