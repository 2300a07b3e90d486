// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "attestation/tls/attested_session.hpp"
#include "crypto/private_key.hpp"

namespace asterism::join {

/// What the images of a session say where a person, not a machine, is on the other side.
inline constexpr std::string_view operator_image = "operator";

/// A person shows that they hold a key, for this session only: a signature over the binding in the evidence's place.
class OperatorEvidence final : public attestation::EvidenceProvider {
 public:
  explicit OperatorEvidence(const crypto::PrivateKey& key) : key_{key} {}
  Result<std::vector<std::byte>> evidence(const attestation::Binding& binding) override;

 private:
  const crypto::PrivateKey& key_;
};

/// Checks an operator's evidence against the keys that are trusted (PEM).
/// @returns the name of the key: the first 16 digits of its id.
/// @errors `unverified`.
[[nodiscard]] Result<std::string> verify_operator(Bytes evidence, const attestation::Binding& binding,
                                                  std::span<const std::string> trusted_pem);

/// Whether evidence is a person's and not a machine's.
[[nodiscard]] bool is_operator_evidence(Bytes evidence);

}  // namespace asterism::join
