// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "common/json.hpp"
#include "tpm/state_policy.hpp"

namespace asterism::tpm {

/// One signed policy.
struct PolicySignature {
  std::vector<Pcr> pcrs;                 ///< that the policy names; empty for a policy without PCRs
  Digest key{HashAlgorithm::sha256};     ///< fingerprint of the key: `pkfp`
  Digest policy{HashAlgorithm::sha256};  ///< the approved digest: `pol`
  std::vector<std::byte> signature;      ///< `sig`

  friend bool operator==(const PolicySignature&, const PolicySignature&) = default;
};

using BankSignatures = std::map<HashAlgorithm, std::vector<PolicySignature>>;

/// The part of the document that only Asterism reads: key "asterism".
struct StateSignatures {
  std::uint64_t security_version = 0;  ///< 1 to security_version_max
  std::uint64_t floor = 0;             ///< that a node may rise to once this image is good; at most security_version
  BankSignatures state;                ///< approved_state_policy(), one for each phase
  PolicySignature floor_start;
  PolicySignature floor_raise;

  friend bool operator==(const StateSignatures&, const StateSignatures&) = default;
};

/// What the UKI's section .pcrsig holds: systemd's signatures by bank, and ours beside them, where systemd does not
/// look.
struct PolicyDocument {
  BankSignatures systemd;
  std::optional<StateSignatures> asterism;

  friend bool operator==(const PolicyDocument&, const PolicyDocument&) = default;
};

/// Reads a document. Nothing is trusted about it but its shape: signatures are checked where they are used.
/// @errors `corrupt` for what is no such document; `unverified` for keys that are not known; `unsupported` for another
///         format number, or where a limit is passed (1 MiB, 64 signatures a bank).
/// @source systemd-measure(1), "sign"; docs/tpm-policy.md.
[[nodiscard]] Result<PolicyDocument> parse_policy_document(std::string_view text);

/// The reverse of parse_policy_document().
[[nodiscard]] Json to_json(const PolicyDocument& document);

/// The approved policies that the document's own part stands for must be the signed ones, by the key.
/// @errors `unverified` naming the entry with another fingerprint, digest or signature; `not_found` without that part.
[[nodiscard]] Result<> check_floor_signatures(const PolicyDocument& document, const PublicKey& key);

}  // namespace asterism::tpm
