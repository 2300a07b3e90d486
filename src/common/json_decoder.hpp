// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "common/json.hpp"

namespace asterism {

/// Takes a JSON object apart by name, and refuses what nobody asked for.
///
/// Usage: make(), one call per field, finish(). Errors name the path of the field ("$.uki.sha256").
/// @errors every reader: `corrupt` if the field is missing or has another type.
class JsonObjectDecoder {
 public:
  /// @param value must outlive the decoder.
  /// @errors `corrupt` unless it is an object.
  [[nodiscard]] static Result<JsonObjectDecoder> make(const Json& value, std::string path);

  [[nodiscard]] Result<std::string> string(std::string_view key);
  [[nodiscard]] Result<bool> boolean(std::string_view key);
  [[nodiscard]] Result<std::uint64_t> unsigned_integer(
      std::string_view key, std::uint64_t maximum = std::numeric_limits<std::uint64_t>::max());
  [[nodiscard]] Result<const Json::Array*> array(std::string_view key);
  [[nodiscard]] Result<JsonObjectDecoder> object(std::string_view key);
  /// The value whatever its type.
  [[nodiscard]] Result<const Json*> any(std::string_view key);
  /// The value, or nullptr where the key is absent.
  [[nodiscard]] const Json* optional(std::string_view key);

  /// "$.uki.sha256" for key "sha256" of "$.uki".
  [[nodiscard]] std::string path_of(std::string_view key) const { return std::format("{}.{}", path_, key); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// All members, for objects whose keys are data; they count as asked for.
  [[nodiscard]] const Json::Object& members();

  /// @errors `unverified` naming the first key that no reader asked for.
  [[nodiscard]] Result<> finish() const;

 private:
  JsonObjectDecoder(const Json::Object& object, std::string path) : object_{&object}, path_{std::move(path)} {}

  const Json::Object* object_;
  std::string path_;
  std::set<std::string, std::less<>> asked_;
};

}  // namespace asterism
