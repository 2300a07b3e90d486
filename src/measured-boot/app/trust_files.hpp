// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "common/timestamp.hpp"
#include "crypto/private_key.hpp"
#include "manifest/trust_policy.hpp"

namespace asterism::measured_boot {

/// The text of a manifest. @errors as read_text_file().
[[nodiscard]] Result<std::string> load_manifest_text(const std::string& path);

/// A policy from a file, or one that trusts a single public key (PEM file).
/// @errors `usage` unless exactly one of the two is given; those of the parsers, with the path before them.
[[nodiscard]] Result<manifest::TrustPolicy> load_policy(const std::string& policy_path, const std::string& key_path);

/// Signatures from these files; where there are none, from <file>.sig and <file>.*.sig.
/// @errors `not_found` if there is no signature file; `corrupt` naming the one that is none.
[[nodiscard]] Result<std::vector<manifest::Signature>> load_signatures(const std::string& file,
                                                                       const std::vector<std::string>& paths);

/// Signing keys, in the order given. @errors those of crypto::PrivateKey::load().
[[nodiscard]] Result<std::vector<crypto::PrivateKey>> load_private_keys(const std::vector<std::string>& sources);

/// The time as given, else the present. @errors `usage` for a time that is none.
[[nodiscard]] Result<Timestamp> time_or_now(const std::string& text);

/// The time as given, else `days` after `start`. @errors `usage` for a time that is none.
[[nodiscard]] Result<Timestamp> time_or_days(const std::string& text, Timestamp start, unsigned days);

/// Writes to a file, or to standard output where `path` is empty or "-". @errors as write_file_atomically().
[[nodiscard]] Result<> write_output(const std::string& path, const std::string& text);

}  // namespace asterism::measured_boot
