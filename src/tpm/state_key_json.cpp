// SPDX-License-Identifier: Apache-2.0
#include "common/base64.hpp"
#include "common/json_decoder.hpp"
#include "tpm/state_key.hpp"

namespace asterism::tpm {
namespace {

constexpr std::uint64_t format = 1;
constexpr std::size_t area_bytes_max = 2048;

Result<std::vector<std::byte>> decode_bytes(JsonObjectDecoder& object, std::string_view key) {
  ASTERISM_TRY(const auto text, object.string(key));
  ASTERISM_TRY(auto bytes, from_base64(text), "{}", object.path_of(key));
  if (bytes.empty() || bytes.size() > area_bytes_max) {
    return fail(Errc::corrupt, "{}: {} bytes", object.path_of(key), bytes.size());
  }
  return bytes;
}

}  // namespace

Json to_json(const StateKey& key) {
  return Json::Object{{"format", format},
                      {"bank", to_string(key.bank)},
                      {"public", to_base64(key.sealed.public_area)},
                      {"private", to_base64(key.sealed.private_area)},
                      {"parent", to_base64(key.sealed.parent_name)}};
}

Result<StateKey> parse_state_key(const Json& json) {
  ASTERISM_TRY(auto object, JsonObjectDecoder::make(json, "$"), "sealed key");
  ASTERISM_TRY(const auto number, object.unsigned_integer("format"), "sealed key");
  if (number != format) return fail(Errc::unsupported, "sealed key: format {} (known: {})", number, format);
  StateKey key;
  ASTERISM_TRY(const auto bank, object.string("bank"), "sealed key");
  const auto parsed = parse_hash_algorithm(bank);
  if (!parsed) return fail(Errc::corrupt, "sealed key: bank '{}'", excerpt(bank));
  key.bank = *parsed;
  ASTERISM_TRY(key.sealed.public_area, decode_bytes(object, "public"), "sealed key");
  ASTERISM_TRY(key.sealed.private_area, decode_bytes(object, "private"), "sealed key");
  ASTERISM_TRY(key.sealed.parent_name, decode_bytes(object, "parent"), "sealed key");
  ASTERISM_CHECK(object.finish(), "sealed key");
  return key;
}

}  // namespace asterism::tpm
