// SPDX-License-Identifier: Apache-2.0
#include "manifest/decode.hpp"

#include <algorithm>

namespace asterism::manifest {

bool is_plain_name(std::string_view text) noexcept {
  const auto allowed = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view{"._+~^-"}.contains(c);
  };
  return !text.empty() && text.size() <= name_bytes_max && !text.starts_with('.') && std::ranges::all_of(text, allowed);
}

Result<std::string> decode_name(JsonObjectDecoder& object, std::string_view key) {
  ASTERISM_TRY(auto text, object.string(key));
  if (!is_plain_name(text)) {
    return fail(Errc::corrupt, "{}: '{}' is not a plain name", object.path_of(key), excerpt(text));
  }
  return text;
}

Result<std::string> decode_line(JsonObjectDecoder& object, std::string_view key, std::size_t bytes_max) {
  ASTERISM_TRY(auto text, object.string(key));
  const auto visible = [](char c) { return c >= ' ' && c <= '~'; };
  if (text.size() > bytes_max || !std::ranges::all_of(text, visible)) {
    return fail(Errc::corrupt, "{}: no line of at most {} printable ASCII characters", object.path_of(key), bytes_max);
  }
  return text;
}

Result<Digest> decode_digest(JsonObjectDecoder& object, std::string_view key, HashAlgorithm algorithm) {
  ASTERISM_TRY(const auto text, object.string(key));
  ASTERISM_TRY(const auto digest, Digest::from_hex(algorithm, text), "{}", object.path_of(key));
  if (digest.hex() != text) {
    return fail(Errc::corrupt, "{}: hexadecimal digits must be small letters", object.path_of(key));
  }
  return digest;
}

Result<BankDigests> decode_banks(JsonObjectDecoder& object) {
  BankDigests digests;
  for (const HashAlgorithm bank : hash_algorithms) {
    ASTERISM_TRY(digests.of(bank), decode_digest(object, to_string(bank), bank));
  }
  return digests;
}

Result<Timestamp> decode_time(JsonObjectDecoder& object, std::string_view key) {
  ASTERISM_TRY(const auto text, object.string(key));
  ASTERISM_TRY(const auto time, parse_timestamp(text), "{}", object.path_of(key));
  return time;
}

}  // namespace asterism::manifest
