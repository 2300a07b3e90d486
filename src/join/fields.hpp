// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <vector>

#include "attestation/evidence/judge.hpp"
#include "common/json_decoder.hpp"

namespace asterism::join {

/// Fields that the documents of this module share. All name the field's path in their errors.

/// A list of printable-or-newline texts; absent gives an empty list. @errors `corrupt`, `unverified` over `count_max`.
[[nodiscard]] Result<std::vector<std::string>> text_list(JsonObjectDecoder& object, std::string_view key,
                                                         std::size_t count_max);
/// Kinds of evidence, at least one. @errors `corrupt`, `unverified`.
[[nodiscard]] Result<std::set<attestation::EvidenceKind>> evidence_kinds(JsonObjectDecoder& object,
                                                                         std::string_view key);
/// Certificates in PEM, one a text; absent gives none. @errors `corrupt`, `unverified`.
[[nodiscard]] Result<std::vector<attestation::Certificate>> certificates(JsonObjectDecoder& object,
                                                                         std::string_view key);
/// The id of a cluster. @errors `corrupt`, `unverified`.
[[nodiscard]] Result<std::string> cluster_id(JsonObjectDecoder& object, std::string_view key);
/// Schema version 1. @errors `corrupt`; `unsupported` for another one.
[[nodiscard]] Result<> schema_one(JsonObjectDecoder& object);

}  // namespace asterism::join
