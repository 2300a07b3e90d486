// SPDX-License-Identifier: Apache-2.0
#include "image-tool/sbom/utf8.hpp"

#include <cstdint>

namespace asterism::image_tool {
namespace {

/// Length of the valid character at the start of `text`, 0 if there is none. Unicode 15, table 3-7.
std::size_t character_bytes(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = at(0);
  if (first < 0x80) return 1;
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if (at(i) < 0x80 || at(i) > 0xbf) return 0;
  }
  const bool overlong = (first == 0xe0 && at(1) < 0xa0) || (first == 0xf0 && at(1) < 0x90);
  const bool beyond = (first == 0xed && at(1) > 0x9f) || (first == 0xf4 && at(1) > 0x8f);
  return overlong || beyond ? 0 : size;
}

}  // namespace

std::string clean_utf8(std::string_view text, std::size_t maximum_bytes) {
  constexpr std::string_view replacement = "\xef\xbf\xbd";
  std::string clean;
  while (!text.empty()) {
    std::size_t size = character_bytes(text);
    const char c = text.front();
    const bool control = size == 1 && ((c < ' ' && c != '\n' && c != '\t') || c == '\x7f');
    const std::string_view out = size == 0 || control ? replacement : text.substr(0, size);
    if (size == 0) size = 1;
    if (c == '\r' && text.substr(1).starts_with('\n')) {
      text.remove_prefix(1);
      continue;
    }
    if (clean.size() + out.size() > maximum_bytes) break;
    clean += out;
    text.remove_prefix(size);
  }
  return clean;
}

}  // namespace asterism::image_tool
