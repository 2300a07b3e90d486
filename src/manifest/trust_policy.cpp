// SPDX-License-Identifier: Apache-2.0
#include "manifest/trust_policy.hpp"

#include <algorithm>

#include "common/base64.hpp"
#include "manifest/decode.hpp"

namespace asterism::manifest {
namespace {

constexpr std::uint64_t schema_version = 1;
constexpr std::size_t policy_bytes_max = 65536;

Result<TrustedKey> decode_key(JsonObjectDecoder object) {
  ASTERISM_TRY(auto name, decode_name(object, "name"));
  ASTERISM_TRY(const auto text, object.string("public_key"));
  ASTERISM_TRY(const auto der, from_base64(text), "{}", object.path_of("public_key"));
  ASTERISM_TRY(auto key, crypto::PublicKey::from_spki(der), "{}", object.path_of("public_key"));
  ASTERISM_CHECK(object.finish());
  return TrustedKey{.name = std::move(name), .key = std::move(key)};
}

/// Whether one of the signatures was made by the key.
Result<bool> signed_by(const TrustedKey& trusted, Bytes message, std::span<const Signature> signatures) {
  for (const Signature& signature : signatures) {
    const auto verified = trusted.key.verify(message, signature);
    if (verified) return true;
    if (verified.error().code() != Errc::unverified) return std::unexpected{verified.error()};
  }
  return false;
}

}  // namespace

Result<TrustPolicy> TrustPolicy::make(std::size_t threshold, std::vector<TrustedKey> keys) {
  if (keys.empty() || keys.size() > keys_max) {
    return fail(Errc::usage, "a trust policy has 1 to {} keys, not {}", keys_max, keys.size());
  }
  if (threshold < 1 || threshold > keys.size()) {
    return fail(Errc::usage, "threshold {} for {} keys", threshold, keys.size());
  }
  std::ranges::sort(keys, {}, &TrustedKey::name);
  for (auto at = keys.begin(); at != keys.end(); ++at) {
    if (!is_plain_name(at->name)) return fail(Errc::usage, "'{}' is no plain name for a key", excerpt(at->name));
    const auto same = std::find_if(
        keys.begin(), at, [&](const TrustedKey& other) { return other.name == at->name || other.key == at->key; });
    if (same != at) return fail(Errc::usage, "keys '{}' and '{}' are the same or share a name", same->name, at->name);
  }
  return TrustPolicy{threshold, std::move(keys)};
}

Result<TrustPolicy> TrustPolicy::parse(std::string_view text) {
  ASTERISM_TRY(const auto json, parse_json(text, {.text_bytes = policy_bytes_max}), "trust policy");
  ASTERISM_TRY(auto object, JsonObjectDecoder::make(json, "$"), "trust policy");
  ASTERISM_TRY(const auto schema, object.unsigned_integer("schema"), "trust policy");
  if (schema != schema_version) {
    return fail(Errc::unsupported, "trust policy: $.schema: version {} (known: {})", schema, schema_version);
  }
  ASTERISM_TRY(const auto threshold, object.unsigned_integer("threshold", keys_max), "trust policy");
  ASTERISM_TRY(auto keys, decode_list(object, "keys", decode_key), "trust policy");
  ASTERISM_CHECK(object.finish(), "trust policy");
  ASTERISM_CHECK(check_sorted(keys, "$.keys"), "trust policy");
  auto made = make(threshold, std::move(keys));
  if (!made) return fail(Errc::corrupt, "trust policy: {}", made.error().message());
  return made;
}

Json TrustPolicy::to_json() const {
  Json::Array keys;
  for (const TrustedKey& trusted : keys_) {
    keys.push_back(Json::Object{{"name", trusted.name}, {"public_key", to_base64(trusted.key.spki())}});
  }
  return Json::Object{{"schema", schema_version}, {"threshold", threshold_}, {"keys", std::move(keys)}};
}

Result<std::vector<std::string>> TrustPolicy::check(Bytes message, std::span<const Signature> signatures) const {
  if (signatures.size() > signatures_max) {
    return fail(Errc::usage, "{} signatures, at most {} are looked at", signatures.size(), signatures_max);
  }
  std::vector<std::string> signers;
  for (const TrustedKey& trusted : keys_) {
    ASTERISM_TRY(const bool made_it, signed_by(trusted, message, signatures), "key '{}'", trusted.name);
    if (made_it) signers.push_back(trusted.name);
  }
  if (signers.size() < threshold_) {
    return fail(Errc::unverified, "{} of {} keys signed and {} must, with {} signatures given", signers.size(),
                keys_.size(), threshold_, signatures.size());
  }
  return signers;
}

}  // namespace asterism::manifest
