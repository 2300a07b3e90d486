// SPDX-License-Identifier: Apache-2.0
#include "image-tool/containers/gcp.hpp"

#include <algorithm>
#include <array>

#include "image-tool/compare.hpp"
#include "image-tool/containers/gzip.hpp"
#include "image-tool/containers/old_gnu_tar.hpp"
#include "image-tool/output_file.hpp"

namespace asterism::image_tool {
namespace {

constexpr std::string_view member_name = "disk.raw";
constexpr std::uint64_t record_bytes = 20 * tar_block_bytes;  // an archive is padded to whole records

constexpr std::size_t piece_bytes = std::size_t{1} << 20;

/// Reads exactly; a short read means that the archive is cut.
Result<> read_fully(GzipReader& reader, std::span<std::byte> target) {
  ASTERISM_TRY(const std::size_t got, reader.read(target));
  if (got != target.size()) return fail(Errc::corrupt, "the tar archive is cut short");
  return {};
}

/// Every byte up to the end must be zero; @returns how many there were.
Result<std::uint64_t> read_zeros(GzipReader& reader, std::vector<std::byte>& buffer) {
  for (std::uint64_t total = 0;;) {
    ASTERISM_TRY(const std::size_t got, reader.read(buffer));
    if (got == 0) return total;
    if (!is_zero(Bytes{buffer}.first(got)))
      return fail(Errc::unverified, "the archive holds more than {}", member_name);
    total += got;
  }
}

Result<> check_content(GzipReader& reader, const SparseMember& member, Bytes disk) {
  std::vector<std::byte> buffer(piece_bytes);
  std::uint64_t position = 0;
  const auto check_hole = [&](std::uint64_t end) -> Result<> {
    if (position >= disk.size()) return {};
    const std::uint64_t size = std::min<std::uint64_t>(end, disk.size()) - position;
    if (is_zero(disk.subspan(position, size))) return {};
    return fail(Errc::unverified, "the hole at byte {:#x} of the disk has content", position);
  };
  std::uint64_t held = 0;
  for (const DataRange& range : member.ranges) {
    ASTERISM_CHECK(check_hole(range.offset));
    position = range.offset;
    for (std::uint64_t left = range.size; left > 0;) {
      const std::span<std::byte> piece = std::span{buffer}.first(std::min<std::uint64_t>(left, piece_bytes));
      ASTERISM_CHECK(read_fully(reader, piece));
      ASTERISM_CHECK(check_padded(piece, disk, position));
      position += piece.size();
      left -= piece.size();
    }
    held += range.size;
  }
  ASTERISM_CHECK(check_hole(member.real_size));
  ASTERISM_TRY(const std::uint64_t zeros, read_zeros(reader, buffer));
  if ((held + zeros) % tar_block_bytes != 0 || zeros < 2 * tar_block_bytes) {
    return fail(Errc::corrupt, "the tar archive does not end as one");
  }
  return {};
}

}  // namespace

Result<> write_gcp(Bytes disk, const std::string& path) {
  ASTERISM_TRY(const std::uint64_t size, round_up(disk.size(), gcp_alignment_bytes));
  std::vector<DataRange> ranges = data_ranges(disk);
  std::uint64_t total = 0;
  for (const DataRange& range : ranges)
    total += range.size;
  // A file that ends in a hole has an empty range at its end: so GNU tar marks it.
  if (ranges.empty() || ranges.back().offset + ranges.back().size < size) ranges.push_back({size, 0});
  ASTERISM_TRY(const auto header, sparse_tar_header(member_name, size, ranges));
  ASTERISM_TRY(OutputFile file, OutputFile::create(path));
  ASTERISM_TRY(GzipWriter gzip, GzipWriter::make(file));
  ASTERISM_CHECK(gzip.append(header));
  for (const DataRange& range : ranges) {
    ASTERISM_CHECK(gzip.append(disk.subspan(std::min<std::uint64_t>(range.offset, disk.size()), range.size)));
  }
  total += header.size();
  ASTERISM_TRY(const std::uint64_t end, round_up(total + 2 * tar_block_bytes, record_bytes));
  ASTERISM_CHECK(gzip.append(std::vector<std::byte>(end - total)));
  ASTERISM_CHECK(gzip.finish());
  return file.close();
}

Result<> check_gcp(Bytes file, Bytes disk) {
  ASTERISM_TRY(GzipReader reader, GzipReader::make(file));
  std::array<std::byte, tar_block_bytes> first{};
  std::array<std::byte, tar_block_bytes> further{};
  ASTERISM_CHECK(read_fully(reader, first));
  const auto next = [&]() -> Result<Bytes> {
    ASTERISM_CHECK(read_fully(reader, further));
    return Bytes{further};
  };
  ASTERISM_TRY(const SparseMember member, read_sparse_tar_header(first, next));
  if (member.name != member_name) {
    return fail(Errc::unverified, "the archive's first member is '{}', not {}", printable(member.name), member_name);
  }
  ASTERISM_TRY(const std::uint64_t expected, round_up(disk.size(), gcp_alignment_bytes));
  if (member.real_size != expected) {
    return fail(Errc::unverified, "{} has {} bytes, not {}", member_name, member.real_size, expected);
  }
  return check_content(reader, member, disk);
}

}  // namespace asterism::image_tool
