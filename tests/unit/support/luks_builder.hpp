// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/bytes.hpp"
#include "common/digest.hpp"
#include "disk-mapper/header/copy.hpp"
#include "disk-mapper/header/schema.hpp"

namespace asterism::testing {

inline constexpr const char* good_uuid = "3f0c2f5e-9a51-4c1e-8a55-6b1de2c0a7f4";

/// One key slot as libcryptsetup 2.7 writes it.
inline std::string slot_json(unsigned number, std::uint64_t offset) {
  return std::format(
      R"_("{}":{{"type":"luks2","key_size":96,"af":{{"type":"luks1","stripes":4000,"hash":"sha256"}},)_"
      R"_("area":{{"type":"raw","offset":"{}","size":"385024","encryption":"aes-xts-plain64","key_size":64}},)_"
      R"_("kdf":{{"type":"pbkdf2","hash":"sha256","iterations":1000,)_"
      R"_("salt":"/Uu7/iTs/xWPr9njNjyVVLqKZxIWTJlBdHfGrY44CoM="}}}})_",
      number, offset);
}

/// The JSON area of a state disk with a node's slot 0 and a recovery slot 1.
inline std::string good_json(std::uint64_t generation = 1) {
  return R"_({"keyslots":{)_" + slot_json(0, 32768) + "," + slot_json(1, 417792) +
         R"_(},"tokens":{"0":{"type":"asterism-state","keyslots":[],"generation":")_" + std::format("{}", generation) +
         R"_(","node_slots":["0"],"sealed":"text",)_"
         R"_("mac":"0000000000000000000000000000000000000000000000000000000000000000"}},)_"
         R"_("segments":{"0":{"type":"crypt","offset":"16777216","size":"dynamic","iv_tweak":"0",)_"
         R"_("encryption":"aes-xts-plain64",)_"
         R"_("sector_size":4096,"integrity":{"type":"hmac(sha256)","journal_encryption":"none",)_"
         R"_("journal_integrity":"none"}}},)_"
         R"_("digests":{"0":{"type":"pbkdf2","keyslots":["0","1"],"segments":["0"],"hash":"sha256",)_"
         R"_("iterations":1000,)_"
         R"_("salt":"eVd1fMLUQyDDMyxBJuPsQVO2uPfHPjRNRVkI+/mUWos=",)_"
         R"_("digest":"lXuqqz0ZaegdaO6cjVI3ckTd4DCkcvwCP5Ana7EKsCU="}},)_"
         R"_("config":{"json_size":"12288","keyslots_size":"16744448"}})_";
}

/// One copy with that JSON text.
inline std::vector<std::byte> make_copy(const std::string& json, disk_mapper::CopyPlace place,
                                        std::uint64_t sequence = 3) {
  return disk_mapper::write_copy({.sequence = sequence, .uuid = good_uuid, .salt = {}, .json = json}, place).value();
}

/// Makes the checksum of a copy right again.
inline void seal_copy(std::vector<std::byte>& copy) {
  std::fill(copy.begin() + 448, copy.begin() + 512, std::byte{0});
  const auto digest = sha256(copy).value();
  std::ranges::copy(digest.bytes(), copy.begin() + 448);
}

/// Edits of one copy, separated by ";;", as they stand in a row of the table:
///   "old => new" replaces text of the JSON area, which has to be there exactly once; "json=text" replaces all of it;
///   "bin 0x18=4142" overwrites bytes before the checksum is made, "raw 0x1c0=00" after.
inline std::vector<std::byte> edited_copy(const std::string& edits, disk_mapper::CopyPlace place) {
  std::string json = good_json();
  std::uint64_t sequence = 3;
  std::vector<std::pair<std::size_t, std::vector<std::byte>>> before, after;
  std::size_t at = 0;
  while (at < edits.size()) {
    const auto end = std::min(edits.find(";;", at), edits.size());
    std::string edit = edits.substr(at, end - at);
    at = end + 2;
    edit.erase(0, edit.find_first_not_of(' '));
    edit.erase(edit.find_last_not_of(' ') + 1);
    if (edit.empty()) continue;
    if (edit.starts_with("bin ") || edit.starts_with("raw ")) {
      const auto equals = edit.find('=');
      auto& list = edit.starts_with("bin ") ? before : after;
      list.emplace_back(std::stoul(edit.substr(4, equals - 4), nullptr, 0), from_hex(edit.substr(equals + 1)).value());
    } else if (edit.starts_with("json=")) {
      json = edit.substr(5);
    } else if (edit.starts_with("sequence=")) {
      sequence = std::stoull(edit.substr(9));
    } else {
      const auto arrow = edit.find(" =>");
      const std::string from = edit.substr(0, arrow), to = arrow + 4 > edit.size() ? "" : edit.substr(arrow + 4);
      const auto place_of = json.find(from);
      if (arrow == std::string::npos || place_of == std::string::npos) throw std::runtime_error{"edit: " + edit};
      json.replace(place_of, from.size(), to);
    }
  }
  auto copy = make_copy(json, place, sequence);
  for (const auto& [offset, bytes] : before)
    std::ranges::copy(bytes, copy.begin() + static_cast<std::ptrdiff_t>(offset));
  if (!before.empty()) seal_copy(copy);
  for (const auto& [offset, bytes] : after)
    std::ranges::copy(bytes, copy.begin() + static_cast<std::ptrdiff_t>(offset));
  return copy;
}

/// Both copies with edits; a part that starts with "primary:" or "secondary:" (separated by "##") touches that one
/// only.
inline std::vector<std::byte> edited_metadata(const std::string& edits) {
  std::string primary, secondary;
  std::size_t at = 0;
  while (at <= edits.size()) {
    const auto end = std::min(edits.find("##", at), edits.size());
    std::string part = edits.substr(at, end - at);
    at = end + 2;
    part.erase(0, std::min(part.find_first_not_of(' '), part.size()));
    if (part.starts_with("primary:")) {
      primary += ";;" + part.substr(8);
    } else if (part.starts_with("secondary:")) {
      secondary += ";;" + part.substr(10);
    } else {
      primary += ";;" + part;
      secondary += ";;" + part;
    }
  }
  auto out = edited_copy(primary, disk_mapper::CopyPlace::primary);
  append(out, edited_copy(secondary, disk_mapper::CopyPlace::secondary));
  return out;
}

}  // namespace asterism::testing
