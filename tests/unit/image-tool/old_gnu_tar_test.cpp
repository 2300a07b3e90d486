// SPDX-License-Identifier: Apache-2.0
#include "image-tool/containers/old_gnu_tar.hpp"

#include <algorithm>
#include <string>

#include <boost/test/unit_test.hpp>

using namespace asterism;
using namespace asterism::image_tool;

namespace {

constexpr std::uint64_t gib = std::uint64_t{1} << 30;

std::string text_at(Bytes bytes, std::size_t offset, std::size_t size) {
  return std::string{as_text(bytes.subspan(offset, size))};
}

std::vector<DataRange> many_ranges(std::size_t count) {
  std::vector<DataRange> ranges;
  for (std::size_t i = 0; i < count; ++i)
    ranges.push_back({i * 4096, 512});
  return ranges;
}

Result<SparseMember> read(const std::vector<std::byte>& header) {
  std::size_t at = tar_block_bytes;
  const auto next = [&]() -> Result<Bytes> {
    if (at + tar_block_bytes > header.size()) return fail(Errc::corrupt, "end");
    at += tar_block_bytes;
    return Bytes{header}.subspan(at - tar_block_bytes, tar_block_bytes);
  };
  return read_sparse_tar_header(Bytes{header}.first(std::min(header.size(), tar_block_bytes)), next);
}

/// A header whose bytes at `offset` are replaced, with the checksum made right again.
std::vector<std::byte> changed(std::vector<std::byte> header, std::size_t offset, std::string_view text) {
  std::ranges::copy(as_bytes(text), header.begin() + static_cast<std::ptrdiff_t>(offset));
  std::ranges::fill(header.begin() + 148, header.begin() + 156, std::byte{' '});
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < tar_block_bytes; ++i)
    sum += std::to_integer<std::uint64_t>(header[i]);
  const std::string digits = std::format("{:06o}", sum) + '\0';
  std::ranges::copy(as_bytes(digits), header.begin() + 148);
  return header;
}

}  // namespace

BOOST_AUTO_TEST_CASE(header_fields) {
  const auto header = sparse_tar_header("disk.raw", 2 * gib, {{0, 1024}, {4096, 512}, {2 * gib, 0}}).value();
  BOOST_TEST(header.size() == tar_block_bytes);
  const auto nul = [](std::string text) { return text + '\0'; };
  BOOST_TEST(text_at(header, 0, 9) == nul("disk.raw"));
  BOOST_TEST(text_at(header, 100, 8) == nul("0000644"));
  BOOST_TEST(text_at(header, 108, 8) == nul("0000000"));
  BOOST_TEST(text_at(header, 116, 8) == nul("0000000"));
  BOOST_TEST(text_at(header, 124, 12) == nul("00000003000"));
  BOOST_TEST(text_at(header, 136, 12) == nul("00000000000"));
  BOOST_TEST(text_at(header, 156, 1) == "S");
  BOOST_TEST(text_at(header, 257, 8) == nul("ustar  "));
  BOOST_TEST(text_at(header, 386, 24) == nul("00000000000") + nul("00000002000"));
  BOOST_TEST(text_at(header, 434, 24) == nul("20000000000") + nul("00000000000"));
  BOOST_TEST(text_at(header, 482, 1) == nul(""));
  BOOST_TEST(text_at(header, 483, 12) == nul("20000000000"));
}

BOOST_AUTO_TEST_CASE(extension_blocks_at_their_borders) {
  const std::pair<std::size_t, std::size_t> rows[] = {{0, 1}, {4, 1}, {5, 2}, {25, 2}, {26, 3}, {46, 3}, {47, 4}};
  for (const auto& [count, blocks] : rows) {
    const auto header = sparse_tar_header("disk.raw", gib, many_ranges(count)).value();
    BOOST_TEST(header.size() == blocks * tar_block_bytes, count << " ranges");
    const auto member = read(header).value();
    BOOST_TEST(member.name == "disk.raw");
    BOOST_TEST(member.real_size == gib);
    BOOST_TEST(member.ranges.size() == count);
    for (std::size_t i = 0; i < count; ++i)
      BOOST_TEST((member.ranges[i].offset == i * 4096 && member.ranges[i].size == 512));
  }
}

BOOST_AUTO_TEST_CASE(limits_are_unsupported) {
  BOOST_TEST((sparse_tar_header("disk.raw", tar_maximum_bytes + 1, {}).error().code() == Errc::unsupported));
  BOOST_TEST((sparse_tar_header(std::string(101, 'x'), gib, {}).error().code() == Errc::unsupported));
  BOOST_TEST(sparse_tar_header(std::string(100, 'x'), tar_maximum_bytes, {}).has_value());
}

BOOST_AUTO_TEST_CASE(malformed_headers_are_refused) {
  const auto good = sparse_tar_header("disk.raw", gib, many_ranges(4)).value();
  const auto nul = [](std::string text) { return text + '\0'; };
  struct Row {
    const char* label;
    std::vector<std::byte> header;
    Errc code;
  };
  auto unchecked = good;
  unchecked[0] = std::byte{'D'};
  const Row rows[] = {
      {"checksum", unchecked, Errc::corrupt},
      {"short", {good.begin(), good.end() - 1}, Errc::corrupt},
      {"empty", {}, Errc::corrupt},
      {"regular file", changed(good, 156, "0"), Errc::unsupported},
      {"POSIX magic", changed(good, 257, std::string_view{"ustar\00000", 8}), Errc::unsupported},
      {"digit", changed(good, 386, "0000000000x"), Errc::corrupt},
      {"held size", changed(good, 124, nul("00000004001")), Errc::corrupt},
      {"backwards", changed(good, 386, nul("00000100000")), Errc::corrupt},
      {"passes the file", changed(good, 386 + 3 * 24, nul("77777777777")), Errc::corrupt},
      {"range longer than the file", changed(good, 386 + 3 * 24 + 12, nul("77777777777")), Errc::corrupt},
      {"no real size", changed(good, 483, nul("")), Errc::corrupt},
      {"extension absent", changed(good, 482, "\x01"), Errc::corrupt},
  };
  for (const Row& row : rows) {
    const auto member = read(row.header);
    BOOST_TEST(!member.has_value(), row.label);
    if (!member) BOOST_TEST((member.error().code() == row.code), row.label << ": " << member.error().message());
  }
}

BOOST_AUTO_TEST_CASE(an_endless_list_of_ranges_ends) {
  const auto first = changed(sparse_tar_header("disk.raw", gib, many_ranges(4)).value(), 482, "\x01");
  std::vector<std::byte> empty(tar_block_bytes);
  empty[504] = std::byte{1};
  const auto member = read_sparse_tar_header(first, [&]() -> Result<Bytes> { return Bytes{empty}; });
  BOOST_REQUIRE(!member);
  BOOST_TEST((member.error().code() == Errc::corrupt));
}
