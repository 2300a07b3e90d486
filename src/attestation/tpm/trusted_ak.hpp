// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <span>
#include <vector>

#include "attestation/certificate.hpp"
#include "attestation/tpm/public_area.hpp"

namespace asterism::attestation {

/// An attestation key of which somebody trusted said where it lives. Made by a CredentialChallenge that was answered,
/// from a paravisor's runtime data that a verified hardware report names, or named by a service that did either.
class TrustedAk {
 public:
  [[nodiscard]] const PublicKey& key() const noexcept { return key_; }

 private:
  friend class CredentialChallenge;
  friend class ParavisorAk;
  friend class VouchedAk;
  explicit TrustedAk(PublicKey key) : key_{std::move(key)} {}
  PublicKey key_;
};

/// An attestation key that somebody else challenged, whom the caller has verified and believes: a cluster's attested
/// service tells what it found out when its members joined.
class VouchedAk {
 public:
  VouchedAk() = delete;

  /// @param ak_public TPMT_PUBLIC. @errors as parse_ak_public().
  [[nodiscard]] static Result<TrustedAk> trust(Bytes ak_public) {
    ASTERISM_TRY(auto area, parse_ak_public(ak_public));
    return TrustedAk{std::move(area.key)};
  }
};

/// A node's claim that a TPM with this endorsement key holds this attestation key.
struct EkClaim {
  Bytes ek_certificate;              ///< DER
  std::vector<Bytes> intermediates;  ///< DER, at most 4
  Bytes ak_public;                   ///< TPMT_PUBLIC
};

/// Proof that AK and EK lie in the same TPM: a secret encrypted so that only the TPM with the EK opens it, and only if
/// it holds a key with the AK's name (TPM2_MakeCredential done in software, answered by TPM2_ActivateCredential).
///
/// States: made, then redeemed once. A wrong answer uses the challenge up.
class CredentialChallenge {
 public:
  static constexpr std::size_t secret_bytes = 32;

  /// Checks the EK's chain to one of `roots` and the AK's attributes, then draws a secret.
  /// @errors `corrupt`, `unsupported` (EK other than RSA 2048, P-256, P-384); `unverified` naming what does not hold.
  /// @source TPM 2.0 library specification 1.59, part 1 section 24 and annexes B.10.4, C.6.4; TCG EK credential profile
  ///         2.5 (default templates); EKU 2.23.133.8.1.
  /// @checked tests/unit/attestation/tpm_credential_test.cpp with TPM2_ActivateCredential of libtpms.
  [[nodiscard]] static Result<CredentialChallenge> make(const EkClaim& claim, std::span<const Certificate> roots,
                                                        Time time);

  /// TPM2B_ID_OBJECT for TPM2_ActivateCredential.
  [[nodiscard]] Bytes id_object() const noexcept { return id_object_; }
  /// TPM2B_ENCRYPTED_SECRET for TPM2_ActivateCredential.
  [[nodiscard]] Bytes encrypted_secret() const noexcept { return encrypted_secret_; }

  /// @param answer what the TPM decrypted. @errors `unverified` if it is not the secret.
  [[nodiscard]] Result<TrustedAk> redeem(Bytes answer) &&;

 private:
  CredentialChallenge(PublicKey ak, std::array<std::byte, secret_bytes> secret) : ak_{std::move(ak)}, secret_{secret} {}

  PublicKey ak_;
  std::array<std::byte, secret_bytes> secret_;
  std::vector<std::byte> id_object_;
  std::vector<std::byte> encrypted_secret_;
};

}  // namespace asterism::attestation
