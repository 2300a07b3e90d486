// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>

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

/// Checks an operator's evidence against the ids of keys that are trusted: SHA-256 in hexadecimal; the key itself comes
/// in the evidence.
/// @returns the id of the key.
/// @errors `unverified`; `corrupt`.
[[nodiscard]] Result<std::string> verify_operator(Bytes evidence, const attestation::Binding& binding,
                                                  const std::set<std::string>& trusted_ids);

/// The first 16 digits of a key's id: what people see.
[[nodiscard]] std::string short_name(std::string_view key_id);

/// Whether evidence is a person's and not a machine's.
[[nodiscard]] bool is_operator_evidence(Bytes evidence);

}  // namespace asterism::join
