// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attestation/evidence/judge.hpp"
#include "join/node_config.hpp"
#include "join/references.hpp"

namespace asterism::join {

/// A client's judgement of a service: evidence of the demanded kinds, of an image whose manifest the service shows and
/// the configuration's keys signed, that has started up, is a member of the cluster and of no other.
class ServiceJudge final : public attestation::EvidenceVerifier {
 public:
  ServiceJudge(const NodeConfig& config, Timestamp now);

  Result<std::vector<std::byte>> challenge(Bytes claim) override { return ak_.make(claim, rules_.tpm_roots, now_); }
  Result<attestation::ImageNames> verify(Bytes evidence, const attestation::Binding& binding) override;

  [[nodiscard]] const attestation::NodeFacts& facts() const noexcept { return facts_; }

 private:
  const NodeConfig& config_;
  Timestamp now_;
  attestation::JudgeRules rules_;
  attestation::AkChallenge ak_;
  attestation::NodeFacts facts_;
};

/// Every state in which a machine may be that has started up: all platforms, all states of Secure Boot.
[[nodiscard]] std::vector<attestation::ReferenceScope> running_scopes();

}  // namespace asterism::join
