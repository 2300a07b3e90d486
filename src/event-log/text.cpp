// SPDX-License-Identifier: Apache-2.0
#include "event-log/text.hpp"

#include <algorithm>
#include <format>

namespace asterism::event_log {
namespace {

constexpr std::string_view more = "...";

}  // namespace

std::string utf16_text(Bytes bytes) {
  std::string text;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    const unsigned unit = std::to_integer<unsigned>(bytes[i]) | (std::to_integer<unsigned>(bytes[i + 1]) << 8U);
    if (unit == 0) break;
    if (i / 2 == text_characters_max) return text.append(more);
    if (unit >= ' ' && unit <= '~') {
      text += static_cast<char>(unit);
    } else {
      text += std::format("\\u{{{:x}}}", unit);
    }
  }
  return text;
}

std::string narrow_text(Bytes bytes) {
  const auto end = std::ranges::find(bytes, std::byte{0});
  const std::string_view whole = as_text(bytes.first(static_cast<std::size_t>(end - bytes.begin())));
  if (whole.size() <= text_characters_max) return printable(whole);
  return printable(whole.substr(0, text_characters_max)).append(more);
}

bool looks_like_utf16(Bytes bytes) noexcept {
  if (bytes.size() < 2 || bytes[0] == std::byte{0}) return false;
  const std::size_t looked_at = std::min<std::size_t>(bytes.size() / 2, 8);
  for (std::size_t i = 0; i < looked_at; ++i) {
    if (bytes[2 * i + 1] != std::byte{0}) return false;
  }
  return true;
}

std::string guess_text(Bytes bytes) {
  return looks_like_utf16(bytes) ? utf16_text(bytes) : narrow_text(bytes);
}

}  // namespace asterism::event_log
