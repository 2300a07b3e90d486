// SPDX-License-Identifier: Apache-2.0
#include "image-tool/containers/gcp.hpp"

#include <boost/test/unit_test.hpp>

#include "common/fs.hpp"
#include "image-tool/containers/gzip.hpp"
#include "image-tool/containers/old_gnu_tar.hpp"
#include "image-tool/containers/vhd.hpp"

using namespace asterism;
using namespace asterism::image_tool;

namespace {

constexpr std::size_t block = sparse_block_bytes;

/// Two data ranges, the first after a hole; ends with data, off a block border.
std::vector<std::byte> disk_with_holes() {
  std::vector<std::byte> disk(block * 20 + 1536);
  disk[block + 7] = std::byte{1};
  disk[disk.size() - 1] = std::byte{2};
  return disk;
}

std::vector<std::byte> archive_of(Bytes disk) {
  BOOST_REQUIRE(write_gcp(disk, "disk.gcp.tar.gz"));
  return read_file("disk.gcp.tar.gz", 1 << 24).value();
}

std::vector<std::byte> gzip_of(Bytes content) {
  auto file = OutputFile::create("content.gz").value();
  auto writer = GzipWriter::make(file).value();
  BOOST_REQUIRE((writer.append(content) && writer.finish() && file.close()));
  return read_file("content.gz", 1 << 24).value();
}

}  // namespace

BOOST_AUTO_TEST_CASE(holds_the_disk) {
  const auto disk = disk_with_holes();
  BOOST_TEST(check_gcp(archive_of(disk), disk).has_value());
  const std::vector<std::byte> empty(block);
  BOOST_TEST(check_gcp(archive_of(empty), empty).has_value());
}

BOOST_AUTO_TEST_CASE(every_other_disk_is_unverified) {
  const auto disk = disk_with_holes();
  const auto archive = archive_of(disk);
  for (const std::size_t at : {std::size_t{0}, block, block + 7, 5 * block, disk.size() - 2, disk.size() - 1}) {
    auto other = disk;
    other[at] ^= std::byte{0x80};
    const auto checked = check_gcp(archive, other);
    BOOST_REQUIRE(!checked);
    BOOST_TEST((checked.error().code() == Errc::unverified), at);
  }
  const auto shorter = Bytes{disk}.first(disk.size() - 1);  // its last byte, 2, lies behind the end then
  BOOST_TEST(!check_gcp(archive, shorter));
}

BOOST_AUTO_TEST_CASE(other_archives_are_refused) {
  const auto disk = disk_with_holes();
  const std::uint64_t gib = gcp_alignment_bytes;
  const auto with_tail = [](std::vector<std::byte> tar, std::size_t zeros) {
    tar.resize(tar.size() + zeros);
    return tar;
  };
  const auto named = sparse_tar_header("disk.img", gib, {}).value();
  const auto small = sparse_tar_header("disk.raw", gib / 2, {}).value();
  const auto fine = sparse_tar_header("disk.raw", gib, {}).value();
  const std::vector<std::byte> zeros(block);
  BOOST_TEST(check_gcp(gzip_of(with_tail(fine, 1024)), zeros).has_value());
  BOOST_TEST((check_gcp(gzip_of(with_tail(named, 1024)), zeros).error().code() == Errc::unverified));
  BOOST_TEST((check_gcp(gzip_of(with_tail(small, 1024)), zeros).error().code() == Errc::unverified));
  BOOST_TEST((check_gcp(gzip_of(with_tail(fine, 512)), zeros).error().code() == Errc::corrupt));
  BOOST_TEST((check_gcp(gzip_of(with_tail(fine, 1025)), zeros).error().code() == Errc::corrupt));
  auto two_members = fine;
  append(two_members, fine);
  BOOST_TEST((check_gcp(gzip_of(with_tail(two_members, 1024)), zeros).error().code() == Errc::unverified));
  BOOST_TEST((check_gcp(gzip_of(fine), zeros).error().code() == Errc::corrupt));
  BOOST_TEST((check_gcp({}, disk).error().code() == Errc::corrupt));
}

BOOST_AUTO_TEST_CASE(vhd_holds_the_disk_and_no_other) {
  const auto disk = disk_with_holes();
  BOOST_REQUIRE(write_vhd(disk, sha256(disk).value(), "disk.vhd"));
  auto file = read_file("disk.vhd", 1 << 24).value();
  BOOST_TEST(file.size() == (2u << 20) + 512u);
  BOOST_TEST(check_vhd(file, disk).has_value());
  for (const std::size_t at : {std::size_t{0}, block + 7, disk.size() - 1, disk.size(), std::size_t{(2 << 20) - 1}}) {
    file[at] ^= std::byte{0x80};
    const auto checked = check_vhd(file, disk);
    BOOST_REQUIRE(!checked);
    BOOST_TEST((checked.error().code() == Errc::unverified), at);
    file[at] ^= std::byte{0x80};
  }
  BOOST_TEST((check_vhd(Bytes{file}.subspan(512), disk).error().code() == Errc::corrupt));
  BOOST_TEST((check_vhd(Bytes{file}.first(100), disk).error().code() == Errc::corrupt));
}
