// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "common/bytes.hpp"

namespace asterism::attestation {

/// Big-endian bytes of an unsigned number, appended to `out`.
inline void append_be(std::vector<std::byte>& out, std::uint64_t value, std::size_t width_bytes) {
  for (std::size_t i = width_bytes; i > 0; --i)
    out.push_back(static_cast<std::byte>((value >> (8 * (i - 1))) & 0xff));
}

/// Reads the fields of evidence one after the other.
class WireReader {
 public:
  explicit WireReader(Bytes bytes) noexcept : rest_{bytes} {}

  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }
  /// The next `size` bytes. @errors `corrupt` naming the field if there are fewer.
  [[nodiscard]] Result<Bytes> bytes(std::uint64_t size, std::string_view what) {
    if (size > rest_.size()) return fail(Errc::corrupt, "{}: {} bytes, but only {} are left", what, size, rest_.size());
    const Bytes taken = rest_.first(static_cast<std::size_t>(size));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  /// The next big-endian number of 1 to 8 bytes. @errors as bytes().
  [[nodiscard]] Result<std::uint64_t> number(std::size_t width_bytes, std::string_view what) {
    ASTERISM_TRY(const auto field, bytes(width_bytes, what));
    std::uint64_t value = 0;
    for (const std::byte b : field)
      value = (value << 8) | std::to_integer<std::uint64_t>(b);
    return value;
  }
  /// @errors `corrupt` if anything is left.
  [[nodiscard]] Result<> finish(std::string_view what) const {
    if (!rest_.empty()) return fail(Errc::corrupt, "{}: {} bytes too many", what, rest_.size());
    return {};
  }

 private:
  Bytes rest_;
};

}  // namespace asterism::attestation
