// SPDX-License-Identifier: Apache-2.0
#include "efi/utf16.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace asterism::efi {
namespace {

struct Sequence {
  std::size_t length = 1;                  // bytes to step over
  std::optional<char32_t> character = {};  // nothing: invalid
};

/// One UTF-8 sequence, lengths up to six as in RFC 2279: systemd steps over the old long forms in one go.
Sequence next_sequence(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return {1, first};
  std::size_t length = 0;
  char32_t value = 0;
  for (std::size_t n = 2; n <= 6; ++n) {
    const auto marker = static_cast<unsigned>(0xff << (7 - n)) & 0xffU;  // n ones, a zero
    const auto mask = static_cast<unsigned>(0xff << (8 - n)) & 0xffU;    // n ones
    if ((first & (marker | mask)) == mask) {
      length = n;
      value = first & (~marker & 0xffU);
      break;
    }
  }
  if (length == 0) return {};
  if (length > text.size()) return {length, std::nullopt};
  for (std::size_t i = 1; i < length; ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if ((c & 0xc0) != 0x80) return {length, std::nullopt};
    value = (value << 6) | (c & 0x3fU);
  }
  return {length, value};
}

bool is_surrogate(char32_t c) {
  return c >= 0xd800 && c <= 0xdfff;
}

void append_utf8(std::string& out, char32_t c) {
  const auto put = [&](char32_t byte) { out += static_cast<char>(byte); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xc0 | (c >> 6));
    put(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    put(0xe0 | (c >> 12));
    put(0x80 | ((c >> 6) & 0x3f));
    put(0x80 | (c & 0x3f));
  } else {
    put(0xf0 | (c >> 18));
    put(0x80 | ((c >> 12) & 0x3f));
    put(0x80 | ((c >> 6) & 0x3f));
    put(0x80 | (c & 0x3f));
  }
}

}  // namespace

std::u16string utf8_to_ucs2(std::string_view text) {
  std::u16string out;
  while (!text.empty() && text[0] != '\0') {
    const Sequence sequence = next_sequence(text);
    text.remove_prefix(std::min(sequence.length, text.size()));
    if (sequence.character && *sequence.character <= 0xffff && !is_surrogate(*sequence.character)) {
      out += static_cast<char16_t>(*sequence.character);
    }
  }
  return out;
}

std::string utf16_to_utf8(std::u16string_view text) {
  constexpr char32_t replacement = 0xfffd;
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char32_t c = text[i];
    if (is_surrogate(c)) {
      const bool pair = c < 0xdc00 && i + 1 < text.size() && text[i + 1] >= 0xdc00 && text[i + 1] <= 0xdfff;
      c = pair ? 0x10000 + ((c - 0xd800) << 10) + (text[i + 1] - 0xdc00) : replacement;
      if (pair) ++i;
    }
    append_utf8(out, c);
  }
  return out;
}

std::vector<std::byte> utf16_bytes(std::u16string_view text, bool with_nul) {
  std::vector<std::byte> out;
  out.reserve(2 * text.size() + 2);
  for (const char16_t c : text) {
    out.push_back(static_cast<std::byte>(c & 0xff));
    out.push_back(static_cast<std::byte>(c >> 8));
  }
  if (with_nul) out.resize(out.size() + 2);
  return out;
}

}  // namespace asterism::efi
