// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "attestation/evidence/measured.hpp"
#include "attestation/evidence/parts.hpp"
#include "attestation/tls/attested_session.hpp"
#include "attestation/verifier.hpp"

namespace asterism::attestation {

/// Kinds of evidence that can be demanded of a node.
enum class EvidenceKind : std::uint8_t {
  tpm,        ///< quote of a TPM whose EK a trusted root vouches for
  snp,        ///< SEV-SNP report for this session
  tdx,        ///< TDX quote for this session
  paravisor,  ///< quote of the TPM inside a paravisor that a SEV-SNP report names
};

/// "tpm", "snp", "tdx" or "paravisor".
[[nodiscard]] std::string_view to_string(EvidenceKind kind) noexcept;
/// The reverse of to_string(). @errors `unverified` for any other word.
[[nodiscard]] Result<EvidenceKind> parse_evidence_kind(std::string_view word);

/// What PCR 15 has to say about the node's cluster.
enum class Standing : std::uint8_t {
  joining,  ///< it has not joined in this boot
  member,   ///< it has joined this cluster, and no other
};

/// Intel's collateral, owned.
struct TdxCollateralTexts {
  std::string tcb_info, qe_identity, signing_chain;
  std::vector<std::byte> pck_crl, root_crl;
};

/// What evidence of processors leads to.
struct VendorRoots {
  SnpRoots amd;
  Certificate intel;
};

/// What a relying party demands of a node, and whom it trusts.
struct JudgeRules {
  std::set<EvidenceKind>
      required{};  ///< all of these; others that are shown are not looked at. Empty refuses everybody
  Standing standing = Standing::joining;
  std::string cluster{};
  std::set<std::string> recovery_operators{};  ///< ids of keys: nodes that these recovered in this boot may join
  std::vector<Certificate> tpm_roots{};
  std::vector<std::vector<std::byte>> snp_certificates{};  ///< VCEKs and VLEKs at hand, for hosts that send none
  SnpPolicy snp{};
  TdxPolicy tdx{};
  std::optional<TdxCollateralTexts> tdx_collateral{};
  std::shared_ptr<const VendorRoots> roots{};  ///< null: those that are pinned in the tree; else for tests
};

/// What verified evidence says.
struct NodeFacts {
  ImageNames images;
  std::set<std::string> identities;  ///< "tpm:<digits>", "snp:<digits>", "tdx:<digits>"
  std::set<EvidenceKind> kinds;
  std::string firmware;               ///< version of TPM or processor firmware, for people
  std::vector<MeasuredEvent> events;  ///< of PCR 15
};

/// Judges everything that `rules` demand. @param ak of a challenge that was answered; none if none was made.
/// @errors `unverified` naming the field; `corrupt` and `unsupported` from the parsers.
[[nodiscard]] Result<NodeFacts> judge(const Parts& parts, const std::optional<TrustedAk>& ak, const JudgeRules& rules,
                                      const ReferenceValues& references, const Binding& binding, Time time);

/// Challenges the claim of one peer and redeems its answer.
class AkChallenge {
 public:
  /// @returns what the peer gets: lengths (2 bytes each) and the two parts of a credential; empty for an empty claim.
  /// @errors as CredentialChallenge::make(); `corrupt`.
  [[nodiscard]] Result<std::vector<std::byte>> make(Bytes claim, std::span<const Certificate> roots, Time time);
  /// The key, if a challenge was made. @errors `unverified` for a missing or wrong answer.
  [[nodiscard]] Result<std::optional<TrustedAk>> redeem(const Parts& parts);
  /// "tpm:" and SHA-256 of the endorsement key; empty without a claim.
  [[nodiscard]] const std::string& identity() const noexcept { return identity_; }

 private:
  std::optional<CredentialChallenge> challenge_;
  std::string identity_;
};

/// Port for sessions: one peer, judged by rules and reference values that outlive it.
class NodeJudge final : public EvidenceVerifier {
 public:
  NodeJudge(const JudgeRules& rules, const ReferenceValues& references, Time time)
      : rules_{rules}, references_{references}, time_{time} {}

  Result<std::vector<std::byte>> challenge(Bytes claim) override { return ak_.make(claim, rules_.tpm_roots, time_); }
  Result<ImageNames> verify(Bytes evidence, const Binding& binding) override;

  /// What was verified; only after verify() succeeded.
  [[nodiscard]] const NodeFacts& facts() const noexcept { return facts_; }
  /// "name version" that the peer says it runs, printable; for messages.
  [[nodiscard]] const std::string& claimed_image() const noexcept { return claimed_image_; }

 private:
  const JudgeRules& rules_;
  const ReferenceValues& references_;
  Time time_;
  AkChallenge ak_;
  NodeFacts facts_;
  std::string claimed_image_;
};

/// The certificate of the key that signed an SNP report, out of the host's table.
/// @errors `not_found`; `corrupt` for a table that does not hold together.
/// @source GHCB specification 2.03, section 4.1.8.1 (certificate data structure).
[[nodiscard]] Result<Bytes> certificate_in_table(Bytes table, SnpSigningKey key);

}  // namespace asterism::attestation
