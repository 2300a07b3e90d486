// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/digest.hpp"
#include "common/json_decoder.hpp"
#include "common/timestamp.hpp"
#include "manifest/registers.hpp"

namespace asterism::manifest {

/// Longest name of a file, version, key or channel, in bytes.
inline constexpr std::size_t name_bytes_max = 128;

/// Whether `text` is a plain name: letters, digits and ._+~^- only, no leading dot, 1 to name_bytes_max bytes. Such a
/// name is safe as a file name.
[[nodiscard]] bool is_plain_name(std::string_view text) noexcept;

/// A field that is_plain_name(). @errors `corrupt`.
[[nodiscard]] Result<std::string> decode_name(JsonObjectDecoder& object, std::string_view key);

/// A field of printable ASCII. @errors `corrupt` for other characters or more than `bytes_max`.
[[nodiscard]] Result<std::string> decode_line(JsonObjectDecoder& object, std::string_view key, std::size_t bytes_max);

/// A field in hexadecimal digits, small letters. @errors `corrupt`.
[[nodiscard]] Result<Digest> decode_digest(JsonObjectDecoder& object, std::string_view key, HashAlgorithm algorithm);

/// The two fields sha256 and sha384. @errors `corrupt`.
[[nodiscard]] Result<BankDigests> decode_banks(JsonObjectDecoder& object);

/// A field in the form of parse_timestamp(). @errors `corrupt`.
[[nodiscard]] Result<Timestamp> decode_time(JsonObjectDecoder& object, std::string_view key);

/// Decodes each element of an array with `decode`, which also calls finish(). @errors those of `decode`.
template <class Record>
[[nodiscard]] Result<std::vector<Record>> decode_list(JsonObjectDecoder& object, std::string_view key,
                                                      Result<Record> (*decode)(JsonObjectDecoder)) {
  ASTERISM_TRY(const auto* array, object.array(key));
  std::vector<Record> records;
  for (std::size_t i = 0; i < array->size(); ++i) {
    ASTERISM_TRY(auto element, JsonObjectDecoder::make((*array)[i], std::format("{}[{}]", object.path_of(key), i)));
    ASTERISM_TRY(auto record, decode(std::move(element)));
    records.push_back(std::move(record));
  }
  return records;
}

/// Each record once, in order of its name. @errors `corrupt` naming the first that is not.
template <class Record>
[[nodiscard]] Result<> check_sorted(const std::vector<Record>& records, std::string_view path) {
  for (std::size_t i = 1; i < records.size(); ++i) {
    if (records[i - 1].name >= records[i].name) {
      return fail(Errc::corrupt, "{}[{}]: '{}' must come once and in order", path, i, records[i].name);
    }
  }
  return {};
}

}  // namespace asterism::manifest
