// SPDX-License-Identifier: Apache-2.0
#include "common/bytes.hpp"

namespace asterism {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

template <class Number>
Result<Number> read_le(const ByteView& view, std::uint64_t offset, std::string_view what) {
  ASTERISM_TRY(const auto field, view.sub(offset, sizeof(Number), what));
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    value |= std::to_integer<std::uint64_t>(field.bytes()[i]) << (8 * i);
  }
  return static_cast<Number>(value);
}

}  // namespace

Bytes as_bytes(std::string_view text) noexcept {
  return std::as_bytes(std::span{text.data(), text.size()});
}

std::string_view as_text(Bytes bytes) noexcept {
  // char may alias any object; there is no safer spelling of this view.
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string to_hex(Bytes bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::byte b : bytes) {
    text += hex_digits[std::to_integer<std::size_t>(b >> 4)];
    text += hex_digits[std::to_integer<std::size_t>(b & std::byte{0xf})];
  }
  return text;
}

Result<std::vector<std::byte>> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return fail(Errc::corrupt, "hexadecimal text has an odd length, {}", text.size());
  std::vector<std::byte> bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit_value(text[i]);
    const int low = digit_value(text[i + 1]);
    if (high < 0 || low < 0) return fail(Errc::corrupt, "no hexadecimal digits at position {}", i);
    bytes.push_back(static_cast<std::byte>((high << 4) | low));
  }
  return bytes;
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c >= ' ' && c <= '~') {
      out += c;
    } else {
      out += std::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string excerpt(std::string_view text) {
  constexpr std::size_t bytes_max = 100;
  return text.size() <= bytes_max ? printable(text) : printable(text.substr(0, bytes_max)) + "...";
}

Result<ByteView> ByteView::sub(std::uint64_t offset, std::uint64_t size, std::string_view what) const {
  if (offset > bytes_.size() || size > bytes_.size() - offset) {
    return fail(Errc::corrupt, "{} at offset {:#x} needs {} bytes, but the data ends at {:#x}", what, origin_ + offset,
                size, origin_ + bytes_.size());
  }
  return ByteView{bytes_.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(size)), origin_ + offset};
}

Result<std::uint8_t> ByteView::u8(std::uint64_t offset, std::string_view what) const {
  return read_le<std::uint8_t>(*this, offset, what);
}

Result<std::uint16_t> ByteView::u16(std::uint64_t offset, std::string_view what) const {
  return read_le<std::uint16_t>(*this, offset, what);
}

Result<std::uint32_t> ByteView::u32(std::uint64_t offset, std::string_view what) const {
  return read_le<std::uint32_t>(*this, offset, what);
}

Result<std::uint64_t> ByteView::u64(std::uint64_t offset, std::string_view what) const {
  return read_le<std::uint64_t>(*this, offset, what);
}

void append_le(std::vector<std::byte>& out, std::uint64_t value, std::size_t width_bytes) {
  for (std::size_t i = 0; i < width_bytes; ++i)
    out.push_back(static_cast<std::byte>((value >> (8 * i)) & 0xff));
}

void append(std::vector<std::byte>& out, Bytes bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

}  // namespace asterism
