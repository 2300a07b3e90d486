// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/error.hpp"

namespace asterism {

/// One JSON value. Objects are sorted by key, so that the same content always gives the same text.
///
/// Numbers are 64-bit integers: none of the project's documents holds a fraction, and rounding would break digests.
class Json {
 public:
  using Array = std::vector<Json>;
  using Object = std::map<std::string, Json, std::less<>>;

  Json() = default;
  template <std::same_as<bool> Flag>
  Json(Flag value) : value_{value} {}  // NOLINT(google-explicit-constructor)
  template <std::unsigned_integral Number>
    requires(!std::same_as<Number, bool>)
  Json(Number value) : value_{std::uint64_t{value}} {}  // NOLINT(google-explicit-constructor)
  template <std::signed_integral Number>
  Json(Number value) : value_{from_signed(value)} {}            // NOLINT(google-explicit-constructor)
  Json(std::string value) : value_{std::move(value)} {}         // NOLINT(google-explicit-constructor)
  Json(std::string_view value) : value_{std::string{value}} {}  // NOLINT(google-explicit-constructor)
  Json(const char* value) : value_{std::string{value}} {}       // NOLINT(google-explicit-constructor)
  Json(Array value) : value_{std::move(value)} {}               // NOLINT(google-explicit-constructor)
  Json(Object value) : value_{std::move(value)} {}              // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool is_null() const noexcept { return std::holds_alternative<std::monostate>(value_); }

  /// The value if it has that type, else nullptr. Non-negative integers are always std::uint64_t.
  template <class T>
  [[nodiscard]] const T* get_if() const noexcept {
    return std::get_if<T>(&value_);
  }
  template <class T>
  [[nodiscard]] T* get_if() noexcept {
    return std::get_if<T>(&value_);
  }

  /// "null", "boolean", "integer", "string", "array" or "object", for messages.
  [[nodiscard]] std::string_view type_name() const noexcept;

  /// Text with two spaces of indentation and a final newline; the same bytes for the same value, always.
  [[nodiscard]] std::string to_text() const;

  friend bool operator==(const Json&, const Json&) = default;

 private:
  using Value = std::variant<std::monostate, bool, std::uint64_t, std::int64_t, std::string, Array, Object>;
  static Value from_signed(std::int64_t value) {
    return value < 0 ? Value{value} : Value{static_cast<std::uint64_t>(value)};
  }

  Value value_;
};

/// Limits of parse_json(): a document from outside cannot cost more than this.
struct JsonLimits {
  std::size_t text_bytes = std::size_t{4} << 20;
  std::size_t depth = 32;
  std::size_t values = 200'000;
};

/// Parses strict JSON (RFC 8259, UTF-8).
/// @errors `corrupt` with the byte position for a syntax error, a duplicate key in one object, a number that is not a
///         64-bit integer, or text after the value; `unsupported` where a limit is passed.
[[nodiscard]] Result<Json> parse_json(std::string_view text, const JsonLimits& limits = {});

}  // namespace asterism
