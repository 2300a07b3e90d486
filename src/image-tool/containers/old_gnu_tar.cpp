// SPDX-License-Identifier: Apache-2.0
#include "image-tool/containers/old_gnu_tar.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

namespace asterism::image_tool {
namespace {

struct Field {
  std::size_t offset;
  std::size_t size;
};

constexpr Field at_name{0, 100};
constexpr Field at_mode{100, 8};
constexpr Field at_owner{108, 8};
constexpr Field at_group{116, 8};
constexpr Field at_size{124, 12};
constexpr Field at_time{136, 12};
constexpr Field at_checksum{148, 8};
constexpr Field at_type{156, 1};
constexpr Field at_magic{257, 8};
constexpr Field at_real_size{483, 12};
constexpr std::size_t at_first_ranges = 386;
constexpr std::size_t first_ranges = 4;
constexpr std::size_t at_first_extended = 482;
constexpr std::size_t more_ranges = 21;
constexpr std::size_t at_more_extended = 504;
constexpr std::size_t number_bytes = 12;
constexpr std::size_t range_bytes = 2 * number_bytes;
constexpr std::string_view magic{"ustar  \0", 8};
constexpr char type_sparse = 'S';

using Block = std::array<std::byte, tar_block_bytes>;

void put_text(Block& block, Field field, std::string_view text) {
  std::ranges::copy(as_bytes(text), block.begin() + static_cast<std::ptrdiff_t>(field.offset));
}

/// Octal digits and a NUL, filling the field.
void put_number(Block& block, Field field, std::uint64_t value) {
  for (std::size_t i = field.size - 1; i-- > 0; value /= 8)
    block.at(field.offset + i) = static_cast<std::byte>('0' + value % 8);
}

std::uint64_t checksum_of(Bytes block) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < block.size(); ++i) {
    const bool own = i >= at_checksum.offset && i < at_checksum.offset + at_checksum.size;
    sum += own ? std::uint64_t{' '} : std::to_integer<std::uint64_t>(block[i]);
  }
  return sum;
}

void put_ranges(Block& block, std::size_t at, std::span<const DataRange> ranges) {
  for (const DataRange& range : ranges) {
    put_number(block, {at, number_bytes}, range.offset);
    put_number(block, {at + number_bytes, number_bytes}, range.size);
    at += range_bytes;
  }
}

Result<std::uint64_t> get_number(Bytes block, Field field) {
  std::uint64_t value = 0;
  std::size_t digits = 0;
  for (const char c : as_text(block.subspan(field.offset, field.size))) {
    if (c == '\0' || c == ' ') break;
    if (c < '0' || c > '7') return fail(Errc::corrupt, "tar header: not an octal digit at offset {}", field.offset);
    value = value * 8 + static_cast<std::uint64_t>(c - '0');
    ++digits;
  }
  if (digits == 0) return fail(Errc::corrupt, "tar header: no number at offset {}", field.offset);
  return value;
}

/// Adds the ranges of one block; a range whose field starts with NUL ends the list.
Result<> get_ranges(Bytes block, std::size_t at, std::size_t count, SparseMember& member) {
  for (std::size_t i = 0; i < count; ++i, at += range_bytes) {
    if (block[at] == std::byte{0}) return {};
    ASTERISM_TRY(const std::uint64_t offset, get_number(block, {at, number_bytes}));
    ASTERISM_TRY(const std::uint64_t size, get_number(block, {at + number_bytes, number_bytes}));
    const std::uint64_t least = member.ranges.empty() ? 0 : member.ranges.back().offset + member.ranges.back().size;
    if (offset < least || offset > member.real_size || size > member.real_size - offset) {
      return fail(Errc::corrupt, "tar header: sparse range {} goes backwards or passes the file", member.ranges.size());
    }
    if (member.ranges.size() == tar_maximum_ranges)
      return fail(Errc::unsupported, "tar header: too many sparse ranges");
    member.ranges.push_back({offset, size});
  }
  return {};
}

}  // namespace

Result<std::vector<std::byte>> sparse_tar_header(std::string_view name, std::uint64_t real_size,
                                                 const std::vector<DataRange>& ranges) {
  const std::uint64_t held =
      std::accumulate(ranges.begin(), ranges.end(), std::uint64_t{0},
                      [](std::uint64_t sum, const DataRange& range) { return sum + range.size; });
  if (name.size() > at_name.size || real_size > tar_maximum_bytes || ranges.size() > tar_maximum_ranges) {
    return fail(Errc::unsupported, "an old GNU tar archive cannot hold '{}' with {} bytes", printable(name), real_size);
  }
  Block block{};
  put_text(block, at_name, name);
  put_number(block, at_mode, 0644);
  put_number(block, at_owner, 0);
  put_number(block, at_group, 0);
  put_number(block, at_size, held);
  put_number(block, at_time, 0);
  block[at_type.offset] = static_cast<std::byte>(type_sparse);
  put_text(block, at_magic, magic);
  put_number(block, at_real_size, real_size);
  std::span<const DataRange> left{ranges};
  const auto take = [&](std::size_t count) {
    const auto taken = left.first(std::min(count, left.size()));
    left = left.subspan(taken.size());
    return taken;
  };
  put_ranges(block, at_first_ranges, take(first_ranges));
  block[at_first_extended] = std::byte{!left.empty()};
  // Six digits, NUL, space: the checksum alone is written like that.
  put_number(block, {at_checksum.offset, at_checksum.size - 1}, checksum_of(block));
  block[at_checksum.offset + at_checksum.size - 1] = std::byte{' '};
  std::vector<std::byte> header{block.begin(), block.end()};
  while (!left.empty()) {
    Block more{};
    put_ranges(more, 0, take(more_ranges));
    more[at_more_extended] = std::byte{!left.empty()};
    append(header, more);
  }
  return header;
}

Result<SparseMember> read_sparse_tar_header(Bytes first, const NextBlock& next) {
  if (first.size() != tar_block_bytes) return fail(Errc::corrupt, "tar header: {} bytes", first.size());
  ASTERISM_TRY(const std::uint64_t checksum, get_number(first, at_checksum));
  if (checksum != checksum_of(first)) return fail(Errc::corrupt, "tar header: wrong checksum");
  const auto type = static_cast<char>(first[at_type.offset]);
  if (as_text(first.subspan(at_magic.offset, at_magic.size)) != magic || type != type_sparse) {
    return fail(Errc::unsupported, "tar header: not a sparse file in the old GNU format");
  }
  SparseMember member;
  const std::string_view name = as_text(first.subspan(at_name.offset, at_name.size));
  member.name = name.substr(0, name.find('\0'));
  ASTERISM_TRY(member.real_size, get_number(first, at_real_size));
  ASTERISM_TRY(const std::uint64_t held, get_number(first, at_size));
  ASTERISM_CHECK(get_ranges(first, at_first_ranges, first_ranges, member));
  bool extended = first[at_first_extended] != std::byte{0};
  while (extended) {
    ASTERISM_TRY(const Bytes block, next());
    if (block.size() != tar_block_bytes) return fail(Errc::corrupt, "tar header: cut short");
    const std::size_t before = member.ranges.size();
    ASTERISM_CHECK(get_ranges(block, 0, more_ranges, member));
    if (member.ranges.size() == before) return fail(Errc::corrupt, "tar header: an empty list of sparse ranges");
    extended = block[at_more_extended] != std::byte{0};
  }
  std::uint64_t sum = 0;
  for (const DataRange& range : member.ranges)
    sum += range.size;  // ranges do not overlap, so this stays below real_size
  if (sum != held) return fail(Errc::corrupt, "tar header: {} bytes are held, the sparse ranges have {}", held, sum);
  return member;
}

}  // namespace asterism::image_tool
