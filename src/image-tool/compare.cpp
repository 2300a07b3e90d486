// SPDX-License-Identifier: Apache-2.0
#include "image-tool/compare.hpp"

#include <algorithm>
#include <cstring>

#include "image-tool/output_file.hpp"

namespace asterism::image_tool {

std::optional<std::uint64_t> first_difference(Bytes a, Bytes b) noexcept {
  constexpr std::uint64_t block = std::uint64_t{64} << 10;
  const std::uint64_t common = std::min(a.size(), b.size());
  for (std::uint64_t offset = 0; offset < common; offset += block) {
    const std::uint64_t size = std::min(block, common - offset);
    const Bytes left = a.subspan(offset, size);
    const Bytes right = b.subspan(offset, size);
    if (std::memcmp(left.data(), right.data(), size) == 0) continue;
    return offset + static_cast<std::uint64_t>(std::ranges::mismatch(left, right).in1 - left.begin());
  }
  if (a.size() != b.size()) return common;
  return std::nullopt;
}

Result<> check_padded(Bytes padded, Bytes disk, std::uint64_t offset) {
  const Bytes expected = disk.subspan(std::min<std::uint64_t>(offset, disk.size()));
  const Bytes content = padded.first(std::min(padded.size(), expected.size()));
  if (const auto at = first_difference(content, expected.first(content.size()))) {
    return fail(Errc::unverified, "byte {:#x} of the disk differs", offset + *at);
  }
  const Bytes padding = padded.subspan(content.size());
  if (!is_zero(padding)) {
    const auto at = std::ranges::find_if(padding, [](std::byte b) { return b != std::byte{0}; }) - padding.begin();
    return fail(Errc::unverified, "byte {:#x}, behind the end of the disk, is not zero",
                offset + content.size() + static_cast<std::uint64_t>(at));
  }
  return {};
}

}  // namespace asterism::image_tool
