// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/verity_superblock.hpp"

#include <boost/test/unit_test.hpp>

using namespace asterism;
using namespace asterism::measured_boot;

namespace {

/// A superblock field by field, as cryptsetup's struct verity_sb has them.
std::vector<std::byte> superblock(std::uint32_t version = 1, std::uint32_t type = 1, std::string algorithm = "sha256",
                                  std::uint16_t salt_size = 3) {
  std::vector<std::byte> block;
  append(block, as_bytes(std::string_view{"verity\0\0", 8}));
  append_le(block, version, 4);
  append_le(block, type, 4);
  append(block, as_bytes("uuid uuid uuid u"));
  algorithm.resize(32);
  append(block, as_bytes(algorithm));
  append_le(block, 4096, 4);
  append_le(block, 512, 4);
  append_le(block, 99, 8);
  append_le(block, salt_size, 2);
  block.resize(88);
  append(block, as_bytes("abc"));
  block.resize(512);
  return block;
}

Errc refusal(const std::vector<std::byte>& block) {
  const auto refused = read_verity_superblock(ByteView{block});
  BOOST_REQUIRE(!refused);
  return refused.error().code();
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_field_is_read) {
  const auto tree = read_verity_superblock(ByteView{superblock()}).value();
  BOOST_TEST(tree.data_block_bytes == 4096u);
  BOOST_TEST(tree.hash_block_bytes == 512u);
  BOOST_TEST(tree.data_blocks == 99u);
  BOOST_TEST(as_text(tree.salt) == "abc");
}

BOOST_AUTO_TEST_CASE(refusals) {
  auto other = superblock();
  other[0] = std::byte{'V'};
  BOOST_TEST((refusal(other) == Errc::corrupt));
  BOOST_TEST((refusal({}) == Errc::corrupt));
  BOOST_TEST((refusal(superblock(2)) == Errc::unsupported));
  BOOST_TEST((refusal(superblock(1, 0)) == Errc::unsupported));
  BOOST_TEST((refusal(superblock(1, 1, "sha1")) == Errc::unsupported));
  BOOST_TEST((refusal(superblock(1, 1, "sha256", 257)) == Errc::corrupt));
  auto cut = superblock();
  cut.resize(90);
  BOOST_TEST((refusal(cut) == Errc::corrupt));
}
