// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "common/bytes.hpp"
#include "common/error.hpp"

namespace asterism {

/// EFI_GUID in the mixed-endian byte order of disks, variables, firmware files and logs (UEFI 2.10 appendix A).
struct Guid {
  static constexpr std::size_t size_bytes = 16;

  std::array<std::byte, size_bytes> bytes{};

  /// From "8be4df61-93ca-11d2-aa0d-00e098032b8c". For constants: anything else does not compile.
  consteval explicit Guid(std::string_view text);
  constexpr Guid() = default;

  /// The 16 bytes at `offset`. @errors `corrupt` past the end.
  [[nodiscard]] static Result<Guid> read(const ByteView& data, std::uint64_t offset, std::string_view what);

  /// "8be4df61-93ca-11d2-aa0d-00e098032b8c".
  [[nodiscard]] std::string to_string() const;

  friend bool operator==(const Guid&, const Guid&) = default;
};

/// Where the n-th byte of the stored form stands in the text form: the first three groups are little-endian.
inline constexpr std::array<std::size_t, Guid::size_bytes> guid_byte_order{3, 2, 1,  0,  5,  4,  7,  6,
                                                                           8, 9, 10, 11, 12, 13, 14, 15};

consteval Guid::Guid(std::string_view text) {
  std::array<std::byte, size_bytes> in_text_order{};
  std::size_t digits = 0;
  for (const char c : text) {
    if (c == '-') continue;
    const int value = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : throw "not a GUID digit";
    auto& target = in_text_order.at(digits / 2);
    target = static_cast<std::byte>((static_cast<int>(target) << 4) | value);
    ++digits;
  }
  if (digits != 2 * size_bytes) throw "a GUID has 32 digits";
  for (std::size_t i = 0; i < size_bytes; ++i)
    bytes.at(i) = in_text_order.at(guid_byte_order.at(i));
}

}  // namespace asterism
