// SPDX-License-Identifier: Apache-2.0
#include "image-tool/containers/vhd_footer.hpp"

#include <algorithm>
#include <limits>
#include <string_view>

namespace asterism::image_tool {
namespace {

constexpr std::uint64_t sector_bytes = 512;
constexpr std::string_view cookie = "conectix";

// Offsets of the fields; all numbers are big-endian.
constexpr std::size_t at_features = 8;
constexpr std::size_t at_version = 12;
constexpr std::size_t at_data_offset = 16;
constexpr std::size_t at_creator = 28;
constexpr std::size_t at_original_size = 40;
constexpr std::size_t at_current_size = 48;
constexpr std::size_t at_geometry = 56;
constexpr std::size_t at_disk_type = 60;
constexpr std::size_t at_checksum = 64;
constexpr std::size_t at_unique_id = 68;
constexpr std::size_t unique_id_bytes = 16;

constexpr std::uint64_t features_reserved = 2;  // a bit that is always set
constexpr std::uint64_t format_version = 0x0001'0000;
constexpr std::uint64_t disk_type_fixed = 2;
constexpr std::string_view creator{"win \x00\x0a\x00\x00Wi2k", 12};  // application, version 10.0, host

using Footer = std::array<std::byte, vhd_footer_bytes>;

void put(Footer& footer, std::size_t offset, std::uint64_t value, std::size_t width) {
  for (std::size_t i = 0; i < width; ++i)
    footer.at(offset + width - 1 - i) = static_cast<std::byte>(value >> (8 * i));
}

std::uint64_t get(Bytes footer, std::size_t offset, std::size_t width) {
  std::uint64_t value = 0;
  for (const std::byte b : footer.subspan(offset, width))
    value = (value << 8) | std::to_integer<std::uint64_t>(b);
  return value;
}

/// One's complement of the sum of all bytes but the checksum's own.
std::uint32_t checksum_of(Bytes footer) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < footer.size(); ++i) {
    if (i < at_checksum || i >= at_checksum + 4) sum += std::to_integer<std::uint32_t>(footer[i]);
  }
  return ~sum;
}

bool is_possible_size(std::uint64_t size_bytes) {
  return size_bytes % sector_bytes == 0 && size_bytes >= (std::uint64_t{1} << 20) && size_bytes <= vhd_maximum_bytes;
}

}  // namespace

VhdGeometry vhd_geometry(std::uint64_t sectors) noexcept {
  constexpr std::uint64_t cylinders_max = std::numeric_limits<std::uint16_t>::max();
  sectors = std::min(sectors, cylinders_max * 16 * 255);
  std::uint64_t per_track = 0;
  std::uint64_t heads = 16;
  std::uint64_t cylinders_times_heads = 0;
  const auto with_track_of = [&](std::uint64_t count) {
    per_track = count;
    cylinders_times_heads = sectors / count;
  };
  if (sectors >= cylinders_max * 16 * 63) {
    with_track_of(255);
  } else {
    with_track_of(17);
    heads = std::max<std::uint64_t>((cylinders_times_heads + 1023) / 1024, 4);
    if (cylinders_times_heads >= heads * 1024 || heads > 16) {
      heads = 16;
      with_track_of(31);
    }
    if (cylinders_times_heads >= heads * 1024) {
      heads = 16;
      with_track_of(63);
    }
  }
  return {static_cast<std::uint16_t>(cylinders_times_heads / heads), static_cast<std::uint8_t>(heads),
          static_cast<std::uint8_t>(per_track)};
}

Result<Footer> make_vhd_footer(std::uint64_t size_bytes, const Digest& content) {
  if (!is_possible_size(size_bytes)) return fail(Errc::unsupported, "a VHD cannot hold {} bytes", size_bytes);
  Footer footer{};
  std::ranges::copy(as_bytes(cookie), footer.begin());
  put(footer, at_features, features_reserved, 4);
  put(footer, at_version, format_version, 4);
  put(footer, at_data_offset, std::numeric_limits<std::uint64_t>::max(), 8);  // a fixed disk has no more headers
  std::ranges::copy(as_bytes(creator), footer.begin() + at_creator);
  put(footer, at_original_size, size_bytes, 8);
  put(footer, at_current_size, size_bytes, 8);
  const VhdGeometry geometry = vhd_geometry(size_bytes / sector_bytes);
  put(footer, at_geometry, geometry.cylinders, 2);
  put(footer, at_geometry + 2, geometry.heads, 1);
  put(footer, at_geometry + 3, geometry.sectors_per_track, 1);
  put(footer, at_disk_type, disk_type_fixed, 4);
  std::ranges::copy(content.bytes().first(unique_id_bytes), footer.begin() + at_unique_id);
  // Version 8, variant 1: an id whose other bits are the maker's choice (RFC 9562, section 5.8).
  footer[at_unique_id + 6] = (footer[at_unique_id + 6] & std::byte{0x0f}) | std::byte{0x80};
  footer[at_unique_id + 8] = (footer[at_unique_id + 8] & std::byte{0x3f}) | std::byte{0x80};
  put(footer, at_checksum, checksum_of(footer), 4);
  return footer;
}

Result<std::uint64_t> read_vhd_footer(Bytes footer) {
  if (footer.size() != vhd_footer_bytes) {
    return fail(Errc::corrupt, "the VHD footer has {} bytes, not {}", footer.size(), vhd_footer_bytes);
  }
  if (as_text(footer.first(cookie.size())) != cookie) {
    return fail(Errc::corrupt, "no VHD footer: it does not start with '{}'", cookie);
  }
  const std::uint64_t checksum = get(footer, at_checksum, 4);
  if (checksum != checksum_of(footer)) {
    return fail(Errc::corrupt, "the VHD footer's checksum is {:#x}, its bytes give {:#x}", checksum,
                checksum_of(footer));
  }
  if (const auto type = get(footer, at_disk_type, 4); type != disk_type_fixed) {
    return fail(Errc::unsupported, "a VHD of type {}, not a fixed one", type);
  }
  const std::uint64_t size = get(footer, at_current_size, 8);
  if (!is_possible_size(size)) return fail(Errc::corrupt, "the VHD footer tells an impossible size, {} bytes", size);
  return size;
}

}  // namespace asterism::image_tool
