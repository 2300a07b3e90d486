// SPDX-License-Identifier: Apache-2.0
#include "join/fields.hpp"

#include "join/message.hpp"

namespace asterism::join {
namespace {

constexpr std::size_t certificates_max = 32;

}  // namespace

Result<std::vector<std::string>> text_list(JsonObjectDecoder& object, std::string_view key, std::size_t count_max) {
  const Json* const value = object.optional(key);
  if (!value) return std::vector<std::string>{};
  const auto* const list = value->get_if<Json::Array>();
  if (!list) return fail(Errc::corrupt, "{} is no array", object.path_of(key));
  if (list->size() > count_max)
    return fail(Errc::unverified, "{} has {} entries (at most {})", object.path_of(key), list->size(), count_max);
  std::vector<std::string> texts;
  for (const Json& entry : *list) {
    const auto* const text = entry.get_if<std::string>();
    if (!text) return fail(Errc::corrupt, "{}[{}] is no text", object.path_of(key), texts.size());
    texts.push_back(*text);
  }
  return texts;
}

Result<std::set<attestation::EvidenceKind>> evidence_kinds(JsonObjectDecoder& object, std::string_view key) {
  ASTERISM_TRY(const auto words, text_list(object, key, 4));
  std::set<attestation::EvidenceKind> kinds;
  for (const std::string& word : words) {
    ASTERISM_TRY(const auto kind, attestation::parse_evidence_kind(word), "{}", object.path_of(key));
    kinds.insert(kind);
  }
  if (kinds.empty()) return fail(Errc::unverified, "{} names no kind of evidence", object.path_of(key));
  return kinds;
}

Result<std::vector<attestation::Certificate>> certificates(JsonObjectDecoder& object, std::string_view key) {
  ASTERISM_TRY(const auto texts, text_list(object, key, certificates_max));
  std::vector<attestation::Certificate> all;
  for (const std::string& text : texts) {
    ASTERISM_TRY(auto read, attestation::Certificate::from_pem(text, 1), "{}[{}]", object.path_of(key), all.size());
    all.push_back(std::move(read.front()));
  }
  return all;
}

Result<std::string> cluster_id(JsonObjectDecoder& object, std::string_view key) {
  ASTERISM_TRY(auto id, object.string(key));
  if (!is_cluster_id(id)) {
    return fail(Errc::unverified, "{} is '{}': 1 to 63 of a-z, 0-9, '-' and '.'", object.path_of(key), excerpt(id));
  }
  return id;
}

Result<> schema_one(JsonObjectDecoder& object) {
  ASTERISM_TRY(const auto version, object.unsigned_integer("schema"));
  if (version != 1) return fail(Errc::unsupported, "{} is {} (known: 1)", object.path_of("schema"), version);
  return {};
}

}  // namespace asterism::join
