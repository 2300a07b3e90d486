// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "attestation/evidence/measurer.hpp"
#include "attestation/evidence/tsm.hpp"
#include "attestation/tls/attested_session.hpp"

namespace asterism::attestation {

/// A manifest with its signatures, as a member of a cluster shows it to whoever wants to check its image.
struct ShownManifest {
  std::string text;
  std::vector<std::vector<std::byte>> signatures;
};

/// What there is to make evidence from. Pointers are null where the machine has no such thing.
struct EvidenceSources {
  tpm::Tpm* tpm = nullptr;
  TsmReports* tsm = nullptr;
  std::vector<std::byte> ek_certificate{};  ///< DER; empty: the TPM's own, of NV index 0x01c0000a, if it has one
  std::vector<std::vector<std::byte>> ek_intermediates{};
  std::string userspace_log = userspace_log_path;
  std::string firmware_log{};  ///< file; empty: none is sent
  std::string image{};         ///< name and version
  std::optional<ShownManifest> manifest{};
};

/// Makes evidence of whatever the machine has: SNP report or TDX quote, TPM quote with a key that the peer can
/// challenge, or with the one of a paravisor that the hardware's report names (Azure: NV index 0x01400001, key
/// 0x81000003). One object for a process: the attestation key is made once. One thread at a time.
class EvidenceCollector {
 public:
  /// @errors `unavailable` if there is neither TPM nor TEE; those of the TPM.
  [[nodiscard]] static Result<EvidenceCollector> make(EvidenceSources sources);

  /// Part::ak_public, Part::ek_certificate, Part::ek_intermediate; empty without a TPM or a certificate.
  [[nodiscard]] Result<std::vector<std::byte>> claim() const;
  /// @param answer of the challenge, or empty. @errors those of TPM and hardware.
  [[nodiscard]] Result<std::vector<std::byte>> evidence(const Binding& binding, Bytes answer);
  /// The answer to a challenge: lengths (2 bytes each), TPM2B_ID_OBJECT, TPM2B_ENCRYPTED_SECRET.
  /// @errors `corrupt`; `unverified` if it was made for another TPM or key.
  [[nodiscard]] Result<std::vector<std::byte>> open_challenge(Bytes challenge);

 private:
  EvidenceCollector(EvidenceSources sources, std::optional<tpm::AttestationKey> key, HashAlgorithm bank, bool paravisor)
      : sources_{std::move(sources)}, key_{std::move(key)}, bank_{bank}, paravisor_{paravisor} {}

  struct QuoteParts {
    std::vector<std::byte> attest, signature, pcrs, events;
  };
  [[nodiscard]] Result<QuoteParts> quote(const Binding& binding);

  EvidenceSources sources_;
  std::optional<tpm::AttestationKey> key_;
  HashAlgorithm bank_;
  bool paravisor_;  ///< the TPM is a paravisor's, whose own key signs
};

/// The collector as one session sees it.
class CollectedEvidence final : public EvidenceProvider {
 public:
  explicit CollectedEvidence(EvidenceCollector& collector) : collector_{collector} {}
  Result<std::vector<std::byte>> claim() override { return collector_.claim(); }
  Result<> answer(Bytes challenge) override;
  Result<std::vector<std::byte>> evidence(const Binding& binding) override {
    return collector_.evidence(binding, answer_);
  }

 private:
  EvidenceCollector& collector_;
  std::vector<std::byte> answer_;
};

/// TPMT_SIGNATURE of an ECDSA signature over SHA-256 on P-256. @errors `corrupt` for other DER.
[[nodiscard]] Result<std::vector<std::byte>> tpmt_signature(Bytes der);

}  // namespace asterism::attestation
