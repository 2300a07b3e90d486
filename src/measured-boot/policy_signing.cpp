// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/policy_signing.hpp"

#include <array>

namespace asterism::measured_boot {
namespace {

constexpr std::array phase_paths{
    std::pair{std::string_view{"enter-initrd"}, Stage::enter_initrd},
    std::pair{std::string_view{"enter-initrd:leave-initrd"}, Stage::leave_initrd},
    std::pair{std::string_view{"enter-initrd:leave-initrd:sysinit"}, Stage::sysinit},
    std::pair{std::string_view{"enter-initrd:leave-initrd:sysinit:ready"}, Stage::ready},
};

class Signer {
 public:
  Signer(const tpm::PublicKey& key, const SignFunction& sign) : key_{&key}, sign_{&sign} {}

  /// An entry for an approved policy. What the key gives back is checked, so that no image carries a useless signature.
  [[nodiscard]] Result<tpm::PolicySignature> entry(const tpm::Policy& approved, std::string_view reference,
                                                   std::vector<tpm::Pcr> pcrs,
                                                   HashAlgorithm algorithm = HashAlgorithm::sha256) const {
    ASTERISM_TRY(const auto digest, tpm::policy_digest(approved));
    const auto message = tpm::signed_policy_message(digest, reference);
    ASTERISM_TRY(auto signature, (*sign_)(message, algorithm), "signing a policy");
    ASTERISM_CHECK(key_->verify(message, signature, algorithm), "the signature just made");
    return tpm::PolicySignature{
        .pcrs = std::move(pcrs), .key = key_->fingerprint(), .policy = digest, .signature = std::move(signature)};
  }

 private:
  const tpm::PublicKey* key_;
  const SignFunction* sign_;
};

Result<tpm::PolicySignature> systemd_entry(const Signer& signer, const Prediction& prediction, HashAlgorithm bank,
                                           Stage phase) {
  ASTERISM_TRY(const auto value, replay(prediction.events, pcr_kernel_boot, bank, phase));
  ASTERISM_TRY(auto selection, tpm::PcrSelection::make(bank, {pcr_kernel_boot}));
  ASTERISM_TRY(const auto composite, tpm::composite_digest({&value, 1}));
  // systemd-measure signs with the bank's own hash function; a TPM takes SHA-256 alone from a key like this.
  return signer.entry({tpm::PolicyPcr{.selection = std::move(selection), .values = composite}}, "", {pcr_kernel_boot},
                      bank);
}

Result<tpm::PolicySignature> state_entry(const Signer& signer, const Prediction& prediction, const tpm::PublicKey& key,
                                         HashAlgorithm bank, Stage phase, std::uint64_t security_version) {
  std::vector<Digest> values;
  std::vector<tpm::Pcr> pcrs;
  for (const tpm::Pcr pcr : tpm::signed_pcrs) {
    ASTERISM_TRY(values.emplace_back(bank), replay(prediction.events, pcr, bank, phase));
    pcrs.push_back(pcr);
  }
  ASTERISM_TRY(const auto approved, tpm::approved_state_policy(key, values, security_version));
  return signer.entry(approved, tpm::state_reference, std::move(pcrs));
}

Result<tpm::StateSignatures> own_part(const Signer& signer, const Prediction& prediction, const tpm::PublicKey& key,
                                      const PolicyRequest& request) {
  const auto [security_version, floor] = *request.versions;
  if (floor > security_version) {
    return fail(Errc::usage, "a floor of {} would lock out the image itself, which has security version {}", floor,
                security_version);
  }
  tpm::StateSignatures own;
  own.security_version = security_version;
  own.floor = floor;
  for (const HashAlgorithm bank : request.banks) {
    for (const Stage phase : request.state_phases) {
      ASTERISM_TRY(own.state[bank].emplace_back(), state_entry(signer, prediction, key, bank, phase, security_version));
    }
  }
  ASTERISM_TRY(own.floor_start, signer.entry(tpm::approved_floor_start(), tpm::floor_reference, {}));
  ASTERISM_TRY(const auto raise, tpm::approved_floor_raise(key, floor));
  ASTERISM_TRY(own.floor_raise, signer.entry(raise, tpm::floor_reference, {}));
  return own;
}

}  // namespace

Result<Stage> parse_phase_path(std::string_view text) {
  for (const auto& [path, stage] : phase_paths) {
    if (path == text) return stage;
  }
  return fail(Errc::usage, "phases '{}': expected enter-initrd[:leave-initrd[:sysinit[:ready]]]", excerpt(text));
}

Result<tpm::PolicyDocument> sign_policies(const Prediction& prediction, const tpm::PublicKey& key,
                                          const SignFunction& sign, const PolicyRequest& request) {
  const Signer signer{key, sign};
  tpm::PolicyDocument document;
  for (const HashAlgorithm bank : request.banks) {
    for (const Stage phase : request.phases) {
      ASTERISM_TRY(document.systemd[bank].emplace_back(), systemd_entry(signer, prediction, bank, phase));
    }
  }
  if (request.versions) {
    ASTERISM_TRY(document.asterism, own_part(signer, prediction, key, request));
  }
  return document;
}

}  // namespace asterism::measured_boot
