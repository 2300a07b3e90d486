// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"

namespace asterism {

/// Read-only bytes that somebody else owns.
using Bytes = std::span<const std::byte>;

/// The bytes of a string, without a terminating NUL.
[[nodiscard]] Bytes as_bytes(std::string_view text) noexcept;

/// The same bytes seen as characters; nothing is checked.
[[nodiscard]] std::string_view as_text(Bytes bytes) noexcept;

/// Lower-case hexadecimal digits, two a byte.
[[nodiscard]] std::string to_hex(Bytes bytes);

/// The reverse of to_hex; accepts both cases, no prefix, no separators.
/// @errors `corrupt` for an odd length or any other character.
[[nodiscard]] Result<std::vector<std::byte>> from_hex(std::string_view text);

/// ASCII text with everything that is not printable written as \xNN, so that bytes from outside cannot steer a
/// terminal or a log.
[[nodiscard]] std::string printable(std::string_view text);

/// printable() of at most the first 100 bytes: for messages about text of any length.
[[nodiscard]] std::string excerpt(std::string_view text);

/// Little-endian numbers and sub-ranges at checked offsets of a byte range.
///
/// Offsets in error messages count from the start of the outermost range, so a view of a view still names the place in
/// the file. @errors every reader gives `corrupt` where offset + size passes the end; nothing is ever read beyond it.
class ByteView {
 public:
  ByteView() = default;
  /// @param origin where `bytes` starts in the whole, for messages.
  explicit ByteView(Bytes bytes, std::uint64_t origin = 0) : bytes_{bytes}, origin_{origin} {}

  [[nodiscard]] Bytes bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::uint64_t size() const noexcept { return bytes_.size(); }
  [[nodiscard]] std::uint64_t origin() const noexcept { return origin_; }

  /// `size` bytes at `offset`; `what` names them in the error.
  [[nodiscard]] Result<ByteView> sub(std::uint64_t offset, std::uint64_t size, std::string_view what) const;
  [[nodiscard]] Result<std::uint8_t> u8(std::uint64_t offset, std::string_view what) const;
  [[nodiscard]] Result<std::uint16_t> u16(std::uint64_t offset, std::string_view what) const;
  [[nodiscard]] Result<std::uint32_t> u32(std::uint64_t offset, std::string_view what) const;
  [[nodiscard]] Result<std::uint64_t> u64(std::uint64_t offset, std::string_view what) const;

 private:
  Bytes bytes_;
  std::uint64_t origin_ = 0;
};

/// Little-endian bytes of an unsigned number, appended to `out`.
void append_le(std::vector<std::byte>& out, std::uint64_t value, std::size_t width_bytes);

/// `bytes` appended to `out`.
void append(std::vector<std::byte>& out, Bytes bytes);

}  // namespace asterism
