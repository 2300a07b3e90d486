// SPDX-License-Identifier: Apache-2.0
#include "image-tool/diff/findings.hpp"

#include "image-tool/compare.hpp"

namespace asterism::image_tool {

std::string describe_bytes(Bytes a, Bytes b) {
  const auto at = first_difference(a, b);
  if (!at) return "no byte differs";
  const auto byte_of = [&](Bytes bytes) {
    return *at < bytes.size() ? std::format("{:#04x}", std::to_integer<unsigned>(bytes[*at])) : std::string{"the end"};
  };
  std::string text = std::format("byte {:#x} differs ({}, {})", *at, byte_of(a), byte_of(b));
  if (a.size() != b.size()) text += std::format(", sizes {} and {}", a.size(), b.size());
  return text;
}

}  // namespace asterism::image_tool
