// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "common/base64.hpp"
#include "common/json_decoder.hpp"
#include "tpm/policy_document.hpp"

namespace asterism::tpm {
namespace {

constexpr JsonLimits limits{.text_bytes = std::size_t{1} << 20, .depth = 8, .values = 20'000};
constexpr std::size_t signatures_max = 64;
constexpr std::size_t signature_bytes_max = 1024;
constexpr std::uint64_t format = 1;
constexpr std::string_view own_part = "asterism";

Result<Digest> decode_digest(JsonObjectDecoder& object, std::string_view key) {
  ASTERISM_TRY(const auto text, object.string(key));
  ASTERISM_TRY(const auto digest, Digest::from_hex(HashAlgorithm::sha256, text), "{}", object.path_of(key));
  if (digest.hex() != text) {
    return fail(Errc::corrupt, "{}: hexadecimal digits must be small letters", object.path_of(key));
  }
  return digest;
}

Result<std::vector<Pcr>> decode_pcrs(const Json::Array& numbers, const std::string& path) {
  std::vector<Pcr> pcrs;
  for (const Json& number : numbers) {
    const auto* value = number.get_if<std::uint64_t>();
    if (!value || *value > pcr_max) return fail(Errc::corrupt, "{}: expected PCR numbers up to {}", path, pcr_max);
    if (!pcrs.empty() && *value <= pcrs.back()) return fail(Errc::corrupt, "{}: not in ascending order", path);
    pcrs.push_back(static_cast<Pcr>(*value));
  }
  if (pcrs.empty()) return fail(Errc::corrupt, "{}: no PCR", path);
  return pcrs;
}

enum class Shape : std::uint8_t { with_pcrs, without_pcrs };

Result<PolicySignature> decode_signature(const Json& value, std::string path, Shape shape) {
  ASTERISM_TRY(auto object, JsonObjectDecoder::make(value, std::move(path)));
  PolicySignature entry;
  if (shape == Shape::with_pcrs) {
    ASTERISM_TRY(const auto* const pcrs, object.array("pcrs"));
    ASTERISM_TRY(entry.pcrs, decode_pcrs(*pcrs, object.path_of("pcrs")));
  }
  ASTERISM_TRY(entry.key, decode_digest(object, "pkfp"));
  ASTERISM_TRY(entry.policy, decode_digest(object, "pol"));
  ASTERISM_TRY(const auto text, object.string("sig"));
  ASTERISM_TRY(entry.signature, from_base64(text), "{}", object.path_of("sig"));
  if (entry.signature.empty() || entry.signature.size() > signature_bytes_max) {
    return fail(Errc::corrupt, "{}: a signature of {} bytes", object.path_of("sig"), entry.signature.size());
  }
  ASTERISM_CHECK(object.finish());
  return entry;
}

Result<std::vector<PolicySignature>> decode_list(const Json::Array& values, const std::string& path) {
  if (values.size() > signatures_max)
    return fail(Errc::unsupported, "{}: more than {} signatures", path, signatures_max);
  std::vector<PolicySignature> list;
  for (std::size_t i = 0; i < values.size(); ++i) {
    ASTERISM_TRY(list.emplace_back(), decode_signature(values[i], std::format("{}[{}]", path, i), Shape::with_pcrs));
  }
  return list;
}

/// The lists of all banks that are there; other keys are left to finish().
Result<BankSignatures> decode_banks(JsonObjectDecoder& object) {
  BankSignatures banks;
  for (const HashAlgorithm bank : hash_algorithms) {
    if (!object.optional(to_string(bank))) continue;
    ASTERISM_TRY(const auto* const values, object.array(to_string(bank)));
    ASTERISM_TRY(banks[bank], decode_list(*values, object.path_of(to_string(bank))));
  }
  return banks;
}

Result<StateSignatures> decode_own(const Json& value) {
  ASTERISM_TRY(auto object, JsonObjectDecoder::make(value, std::format("$.{}", own_part)));
  ASTERISM_TRY(const auto number, object.unsigned_integer("format"));
  if (number != format) return fail(Errc::unsupported, "$.{}.format: {} (known: {})", own_part, number, format);
  StateSignatures own;
  ASTERISM_TRY(own.security_version, object.unsigned_integer("security_version", security_version_max));
  ASTERISM_TRY(own.floor, object.unsigned_integer("floor", security_version_max));
  if (own.floor < 1 || own.floor > own.security_version) {
    return fail(Errc::corrupt, "$.{}.floor: expected 1 to the security version", own_part);
  }
  ASTERISM_TRY(auto state, object.object("state"));
  ASTERISM_TRY(own.state, decode_banks(state));
  ASTERISM_CHECK(state.finish());
  for (const auto& [bank, list] : own.state) {
    for (const PolicySignature& entry : list) {
      if (!std::ranges::equal(entry.pcrs, signed_pcrs)) {
        return fail(Errc::corrupt, "$.{}.state: a signature over other PCRs than 11, 12 and 13", own_part);
      }
    }
  }
  ASTERISM_TRY(const auto* const start, object.any("floor_start"));
  ASTERISM_TRY(own.floor_start, decode_signature(*start, object.path_of("floor_start"), Shape::without_pcrs));
  ASTERISM_TRY(const auto* const raise, object.any("floor_raise"));
  ASTERISM_TRY(own.floor_raise, decode_signature(*raise, object.path_of("floor_raise"), Shape::without_pcrs));
  ASTERISM_CHECK(object.finish());
  return own;
}

Json::Object signature_json(const PolicySignature& entry) {
  Json::Object object{{"pkfp", entry.key.hex()}, {"pol", entry.policy.hex()}, {"sig", to_base64(entry.signature)}};
  if (!entry.pcrs.empty()) {
    Json::Array pcrs;
    for (const Pcr pcr : entry.pcrs)
      pcrs.emplace_back(pcr);
    object.emplace("pcrs", std::move(pcrs));
  }
  return object;
}

Json::Object banks_json(const BankSignatures& banks) {
  Json::Object object;
  for (const auto& [bank, list] : banks) {
    Json::Array values;
    for (const PolicySignature& entry : list)
      values.emplace_back(signature_json(entry));
    object.emplace(to_string(bank), std::move(values));
  }
  return object;
}

}  // namespace

Result<PolicyDocument> parse_policy_document(std::string_view text) {
  // systemd-stub hands the section over with the padding of its file.
  while (text.ends_with('\0'))
    text.remove_suffix(1);
  ASTERISM_TRY(const auto json, parse_json(text, limits), "policy signatures");
  ASTERISM_TRY(auto object, JsonObjectDecoder::make(json, "$"));
  PolicyDocument document;
  ASTERISM_TRY(document.systemd, decode_banks(object), "policy signatures");
  if (const Json* own = object.optional(own_part)) {
    ASTERISM_TRY(document.asterism, decode_own(*own), "policy signatures");
  }
  ASTERISM_CHECK(object.finish(), "policy signatures");
  return document;
}

Json to_json(const PolicyDocument& document) {
  Json::Object object = banks_json(document.systemd);
  if (document.asterism) {
    const StateSignatures& own = *document.asterism;
    object.emplace(own_part, Json::Object{{"format", format},
                                          {"security_version", own.security_version},
                                          {"floor", own.floor},
                                          {"state", banks_json(own.state)},
                                          {"floor_start", signature_json(own.floor_start)},
                                          {"floor_raise", signature_json(own.floor_raise)}});
  }
  return object;
}

}  // namespace asterism::tpm
