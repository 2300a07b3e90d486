// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "crypto/private_key.hpp"
#include "join/node_config.hpp"
#include "join/references.hpp"
#include "join/registry.hpp"

namespace asterism::join {

/// The list of members as a service signed it.
struct SignedMembers {
  std::string text;
  std::vector<std::byte> signature;
  std::vector<std::byte> key;  ///< SubjectPublicKeyInfo; the session in which it came says whose it is
};

/// Asks a service for its members, as an operator. The service is judged first, as a node would.
/// @errors those of the session; `unverified` for a refusal; `corrupt` for a list that does not hold together.
[[nodiscard]] Result<SignedMembers> ask_for_members(UniqueFd socket, const NodeConfig& config,
                                                    const crypto::PrivateKey& operator_key);

/// What a relying party finds out about one member.
struct MemberVerdict {
  Member member;
  attestation::ImageNames images;  ///< that its evidence fits
  std::string reason;              ///< why it is not as expected; empty if it is
};

/// Verifies a list: its signature, and the evidence of each member against these images. Whether the key that quoted
/// lies in a TPM is the attested service's word: it made the challenge when the node joined.
/// @errors `unverified` for the list's signature or another cluster; `corrupt`.
[[nodiscard]] Result<std::vector<MemberVerdict>> verify_members(const SignedMembers& list, const std::string& cluster,
                                                                const attestation::ReferenceValues& references,
                                                                const attestation::JudgeRules& rules, Timestamp now);

}  // namespace asterism::join
