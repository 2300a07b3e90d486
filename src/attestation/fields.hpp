// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "common/bytes.hpp"

namespace asterism::attestation {

/// A field of known length.
template <std::size_t Size>
using FixedBytes = std::array<std::byte, Size>;

/// The verifier's clock, given to every check that depends on dates. UTC.
using Time = std::chrono::sys_seconds;

/// The little-endian number of `width` bytes at `offset`; the caller has checked the length of the whole.
[[nodiscard]] inline std::uint64_t le_at(Bytes bytes, std::size_t offset, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = width; i > 0; --i)
    value = (value << 8) | std::to_integer<std::uint64_t>(bytes[offset + i - 1]);
  return value;
}

/// A copy of `Size` bytes at `offset`; the caller has checked the length of the whole.
template <std::size_t Size>
[[nodiscard]] FixedBytes<Size> bytes_at(Bytes bytes, std::size_t offset) {
  FixedBytes<Size> field;
  std::ranges::copy(bytes.subspan(offset, Size), field.begin());
  return field;
}

/// Whether every byte is zero, as reserved fields must be.
[[nodiscard]] inline bool all_zero(Bytes bytes) {
  return std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0}; });
}

/// Comparison that takes the same time wherever the first difference lies.
[[nodiscard]] inline bool same_bytes(Bytes a, Bytes b) {
  if (a.size() != b.size()) return false;
  std::byte difference{0};
  for (std::size_t i = 0; i < a.size(); ++i)
    difference |= a[i] ^ b[i];
  return difference == std::byte{0};
}

}  // namespace asterism::attestation
