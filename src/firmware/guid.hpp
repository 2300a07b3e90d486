// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "common/bytes.hpp"

namespace asterism::firmware {

/// EFI_GUID in the mixed-endian byte order of firmware files.
struct Guid {
  static constexpr std::size_t size_bytes = 16;

  std::array<std::byte, size_bytes> bytes{};

  constexpr Guid() = default;
  /// From "96b582de-1fb2-45f7-baea-a366c55a082d". For constants: anything else does not compile.
  consteval explicit Guid(std::string_view text);

  /// The 16 bytes at `offset`. @errors `corrupt` past the end.
  [[nodiscard]] static Result<Guid> read(const ByteView& data, std::uint64_t offset, std::string_view what);

  /// "96b582de-1fb2-45f7-baea-a366c55a082d".
  [[nodiscard]] std::string to_string() const;

  friend bool operator==(const Guid&, const Guid&) = default;
};

/// Where the n-th byte of the text form lies in the stored form: the first three groups are little-endian.
inline constexpr std::array<std::size_t, Guid::size_bytes> guid_text_order{3, 2, 1,  0,  5,  4,  7,  6,
                                                                           8, 9, 10, 11, 12, 13, 14, 15};

consteval Guid::Guid(std::string_view text) {
  std::size_t digits = 0;
  for (const char c : text) {
    if (c == '-') continue;
    const unsigned value = c >= '0' && c <= '9'   ? static_cast<unsigned>(c - '0')
                           : c >= 'a' && c <= 'f' ? static_cast<unsigned>(c - 'a') + 10U
                                                  : throw "not a GUID digit";
    std::byte& target = bytes.at(guid_text_order.at(digits / 2));
    target = (target << 4) | static_cast<std::byte>(value);
    ++digits;
  }
  if (digits != 2 * size_bytes) throw "a GUID has 32 digits";
}

}  // namespace asterism::firmware
