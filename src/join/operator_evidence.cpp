// SPDX-License-Identifier: Apache-2.0
#include "join/operator_evidence.hpp"

#include "attestation/evidence/parts.hpp"
#include "crypto/public_key.hpp"

namespace asterism::join {
namespace {

using attestation::Part;
using attestation::Parts;

/// The words keep the key's other signatures from being mistaken for one of these.
std::vector<std::byte> statement(const attestation::Binding& binding) {
  std::vector<std::byte> message;
  append(message, as_bytes("asterism operator session 1"));
  message.push_back(std::byte{0});
  append(message, binding);
  return message;
}

}  // namespace

std::string short_name(std::string_view key_id) {
  return std::string{key_id.substr(0, 16)};
}

Result<std::vector<std::byte>> OperatorEvidence::evidence(const attestation::Binding& binding) {
  ASTERISM_TRY(const auto signature, key_.sign(statement(binding)), "operator's key");
  Parts parts;
  parts.add(Part::operator_key, key_.public_key().spki());
  parts.add(Part::operator_signature, signature);
  return parts.encode();
}

bool is_operator_evidence(Bytes evidence) {
  const auto parts = Parts::parse(evidence);
  return parts && parts->find(Part::operator_key).has_value();
}

Result<std::string> verify_operator(Bytes evidence, const attestation::Binding& binding,
                                    const std::set<std::string>& trusted_ids) {
  ASTERISM_TRY(const auto parts, Parts::parse(evidence));
  ASTERISM_TRY(const auto spki, parts.need(Part::operator_key));
  ASTERISM_TRY(const auto signature, parts.need(Part::operator_signature));
  ASTERISM_TRY(const auto key, crypto::PublicKey::from_spki(spki), "operator_key");
  const std::string id = key.id().hex();
  if (!trusted_ids.contains(id)) {
    return fail(Errc::unverified, "operator_key: {}... is no operator of this cluster", short_name(id));
  }
  ASTERISM_CHECK(key.verify(statement(binding), signature), "operator_signature");
  return id;
}

}  // namespace asterism::join
