// SPDX-License-Identifier: Apache-2.0
#include "image-tool/containers/containers.hpp"

#include <limits>

#include <boost/test/unit_test.hpp>

#include "common/fs.hpp"
#include "image-tool/compare.hpp"
#include "image-tool/output_file.hpp"

using namespace asterism;
using namespace asterism::image_tool;

BOOST_AUTO_TEST_CASE(kind_by_name) {
  for (const Container kind : containers)
    BOOST_TEST((container_of(std::format("asterism_1.{}", suffix_of(kind))).value() == kind));
  for (const auto* name : {"", "vhd", "a.raw", "a.tar.gz", "a.vhdx", "qcow2"})
    BOOST_TEST((container_of(name).error().code() == Errc::usage), name);
}

BOOST_AUTO_TEST_CASE(names_that_could_leave_the_folder_or_the_quotes_are_refused) {
  BOOST_REQUIRE(write_file_atomically("a.raw", std::vector<std::byte>(512)));
  for (const auto* name : {"", ".", "../a", "a/b", "-a", "a\"b", "a\nCID=0", "a b", "\xc3\xa9"}) {
    const auto made = make_containers({.raw = "a.raw", .output_directory = ".", .name = name});
    BOOST_REQUIRE(!made);
    BOOST_TEST((made.error().code() == Errc::usage), name);
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_disk_is_unsupported) {
  BOOST_REQUIRE(write_file_atomically("odd.raw", std::vector<std::byte>(513)));
  BOOST_REQUIRE(write_file_atomically("empty.raw", {}));
  for (const auto* raw : {"odd.raw", "empty.raw"}) {
    const auto made = make_containers({.raw = raw, .output_directory = ".", .name = "a"});
    BOOST_REQUIRE(!made);
    BOOST_TEST((made.error().code() == Errc::unsupported), raw);
  }
  BOOST_TEST(
      (make_containers({.raw = "absent", .output_directory = ".", .name = "a"}).error().code() == Errc::not_found));
}

BOOST_AUTO_TEST_CASE(data_ranges_follow_content_alone) {
  constexpr std::uint64_t block = sparse_block_bytes;
  std::vector<std::byte> bytes(block * 5 + 10);
  BOOST_TEST(data_ranges(bytes).empty());
  BOOST_TEST(data_ranges({}).empty());
  bytes[block * 2 - 1] = std::byte{1};
  bytes[block * 2] = std::byte{1};
  bytes[block * 5 + 9] = std::byte{1};
  const auto ranges = data_ranges(bytes);
  BOOST_REQUIRE(ranges.size() == 2u);
  BOOST_TEST((ranges[0].offset == block && ranges[0].size == 2 * block));
  BOOST_TEST((ranges[1].offset == 5 * block && ranges[1].size == 10));
}

BOOST_AUTO_TEST_CASE(first_difference_at_borders) {
  std::vector<std::byte> a((std::size_t{64} << 10) + 3);
  for (const std::size_t at : {std::size_t{0}, std::size_t{65535}, std::size_t{65536}, a.size() - 1}) {
    auto b = a;
    b[at] = std::byte{1};
    BOOST_TEST(first_difference(a, b).value() == at);
  }
  BOOST_TEST(!first_difference(a, a).has_value());
  BOOST_TEST(first_difference(a, Bytes{a}.first(7)).value() == 7u);
  BOOST_TEST(first_difference({}, a).value() == 0u);
}

BOOST_AUTO_TEST_CASE(rounding_up) {
  BOOST_TEST(round_up(0, 512).value() == 0u);
  BOOST_TEST(round_up(1, 512).value() == 512u);
  BOOST_TEST(round_up(512, 512).value() == 512u);
  BOOST_TEST((round_up(std::numeric_limits<std::uint64_t>::max(), 512).error().code() == Errc::unsupported));
}
