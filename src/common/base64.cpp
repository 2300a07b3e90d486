// SPDX-License-Identifier: Apache-2.0
#include "common/base64.hpp"

#include <cstdint>

namespace asterism {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string to_base64(Bytes bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t count = std::min<std::size_t>(bytes.size() - at, 3);
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      group = group << 8 | (i < count ? std::to_integer<std::uint32_t>(bytes[at + i]) : 0);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      text += i <= count ? alphabet[group >> (18 - 6 * i) & 63] : '=';
    }
  }
  return text;
}

Result<std::vector<std::byte>> from_base64(std::string_view text) {
  std::vector<std::byte> bytes;
  bytes.reserve(text.size() / 4 * 3);
  for (std::size_t at = 0; at < text.size(); at += 4) {
    std::uint32_t group = 0;
    const std::string_view quad = text.substr(at, 4);
    const std::size_t digits = std::min(quad.find('='), quad.size());
    for (const char c : quad.substr(0, digits)) {
      const auto value = alphabet.find(c);
      if (value == std::string_view::npos) return fail(Errc::corrupt, "no base64 digit at position {}", at);
      group = group << 6 | static_cast<std::uint32_t>(value);
    }
    group <<= 6 * (4 - digits);
    const bool padded = quad.size() == 4 && (digits == 4 || (at + 4 == text.size() && digits >= 2));
    if (!padded || quad.substr(digits).find_first_not_of('=') != std::string_view::npos) {
      return fail(Errc::corrupt, "base64 text ends wrongly at position {}", at);
    }
    for (std::size_t i = 0; i + 1 < digits; ++i)
      bytes.push_back(static_cast<std::byte>(group >> (16 - 8 * i) & 0xff));
    const std::uint32_t unused = digits == 4 ? 0 : group & ((1U << (8 * (4 - digits))) - 1);
    if (unused != 0) return fail(Errc::corrupt, "base64 text has stray bits at position {}", at);
  }
  return bytes;
}

}  // namespace asterism
