// SPDX-License-Identifier: Apache-2.0
#include "disk-mapper/header/update.hpp"

#include <algorithm>

#include "disk-mapper/header/zeros.hpp"

namespace asterism::disk_mapper {
namespace {

Bytes area_of(Bytes image, std::uint64_t offset_bytes) {
  return image.subspan(offset_bytes, key_slot_area_bytes);
}

/// Zeros over every run of used blocks that belongs to none of the key slots `kept`.
void append_scrub(std::vector<HeaderWrite>& writes, Bytes disk_image, const std::vector<std::uint64_t>& kept) {
  constexpr std::uint64_t block = 4096;
  const auto is_left_over = [&](std::uint64_t at) {
    const bool used =
        std::ranges::any_of(kept, [&](std::uint64_t k) { return at >= k && at < k + key_slot_area_bytes; });
    return !used && !is_zero(disk_image.subspan(at, block));
  };
  for (std::uint64_t at = metadata_bytes; at < header_bytes; at += block) {
    const std::uint64_t start = at;
    while (at < header_bytes && is_left_over(at))
      at += block;
    if (at > start)
      writes.push_back({.offset_bytes = start, .bytes = std::vector<std::byte>(at - start), .what = "old key slot"});
  }
}

bool overlaps(std::uint64_t a, std::uint64_t b) {
  return std::max(a, b) - std::min(a, b) < key_slot_area_bytes;
}

}  // namespace

Result<std::vector<HeaderWrite>> plan_update(const CheckedCopy* old, Bytes disk_image, const CheckedCopy& next,
                                             Bytes next_image) {
  if (next_image.size() != header_bytes || disk_image.size() != header_bytes)
    return fail(Errc::internal, "a header image of another size than {} bytes", header_bytes);
  const auto before = old ? area_offsets(old->metadata) : std::vector<std::uint64_t>{};
  const auto after = area_offsets(next.metadata);
  std::vector<HeaderWrite> writes;
  for (const std::uint64_t offset : after) {
    const auto taken = std::ranges::find_if(before, [&](std::uint64_t other) { return overlaps(offset, other); });
    const Bytes area = area_of(next_image, offset);
    if (taken == before.end()) {
      writes.push_back({.offset_bytes = offset, .bytes = {area.begin(), area.end()}, .what = "key slot"});
    } else if (*taken != offset || !std::ranges::equal(area_of(disk_image, offset), area)) {
      return fail(Errc::internal, "the key slot at offset {} would be overwritten while the old header uses it",
                  offset);
    }
  }
  for (const CopyPlace place : {CopyPlace::primary, CopyPlace::secondary}) {
    ASTERISM_TRY(auto bytes, write_copy(next.copy, place));
    writes.push_back({.offset_bytes = place == CopyPlace::primary ? 0 : copy_bytes,
                      .bytes = std::move(bytes),
                      .what = to_string(place)});
  }
  append_scrub(writes, disk_image, after);
  return writes;
}

}  // namespace asterism::disk_mapper
