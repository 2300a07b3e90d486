// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/launch/id_block.hpp"

#include <algorithm>

#include <boost/test/unit_test.hpp>

#include "support/rfc_6979_key.hpp"

using namespace asterism;
using namespace asterism::measured_boot;
using asterism::testing::rfc_6979_key;

namespace {

constexpr std::string_view published_digest =
    "076f052d08bda7a700aa2a608c5caa6b00ebad297b6d68a85a45b1e669a558b67e1b91d284a301fe63c4fa0750467eed";

crypto::P384Number number(std::string_view hex) {
  crypto::P384Number out{};
  std::ranges::copy(from_hex(hex).value(), out.begin());
  return out;
}

IdBlock published_block() {
  IdBlock block;
  block.launch_digest = Digest::from_hex(HashAlgorithm::sha384, published_digest).value();
  return block;
}

/// 48 bytes, most significant first, of a field with the least significant first.
crypto::P384Number number_at(const std::vector<std::byte>& field, std::size_t offset) {
  crypto::P384Number out{};
  std::ranges::copy(Bytes{field}.subspan(offset, 48), out.rbegin());
  return out;
}

}  // namespace

// sev-snp-measure, tests/test_id_block.py and the public half of its test key.
BOOST_AUTO_TEST_CASE(published_block_and_key_digest) {
  BOOST_TEST(to_hex(id_block_bytes(published_block())) ==
             "076f052d08bda7a700aa2a608c5caa6b00ebad297b6d68a85a45b1e669a558b67e1b91d284a301fe63c4fa0750467eed"
             "000000000000000000000000000000000000000000000000000000000000000001000000000000000000030000000000");
  const crypto::P384Point point{
      .x = number("b20fd1a1c2bd2b65183a76e2390ac805f6d8e5e2af725e5a8e93cf87ec029f9d45eb326b04b92beb714e14fa986f8a9a"),
      .y = number("2c94a0b8ab30cc76352675944876891e954ff6ef5826a6231ba6d6d7f6ebfb68ce330e1e59394efb7080883ddc69364b")};
  const auto key = snp_public_key(point);
  BOOST_TEST(key.size() == 1028u);
  BOOST_TEST(sha384(key).value().hex() ==
             "870b7e35c53f8a72d0d322f75ab2af8262792aaf6579622ce4131c3f21f289e77cb0560a5e3b90b3932e674ec709cb14");
}

BOOST_AUTO_TEST_CASE(every_field_has_its_place) {
  IdBlock block = published_block();
  block.family_id.fill(std::byte{0xaa});
  block.image_id.fill(std::byte{0xbb});
  block.guest_svn = 0x01020304;
  block.policy = 0x1122334455667788;
  const auto whole = id_block_bytes(block);
  const ByteView view{whole};
  BOOST_TEST(view.u8(48, "family").value() == 0xaa);
  BOOST_TEST(view.u8(64, "image").value() == 0xbb);
  BOOST_TEST(view.u32(80, "version").value() == 1u);
  BOOST_TEST(view.u32(84, "svn").value() == 0x01020304u);
  BOOST_TEST(view.u64(88, "policy").value() == 0x1122334455667788u);
}

BOOST_AUTO_TEST_CASE(both_signatures_verify) {
  const auto key = crypto::P384Key::from_pem(rfc_6979_key).value();
  const auto with_author = sign_id_block(published_block(), key, &key).value();
  BOOST_REQUIRE(with_author.auth.size() == 4096u);
  const auto point = key.public_point().value();
  const crypto::P384Signature of_block{.r = number_at(with_author.auth, 0x40), .s = number_at(with_author.auth, 0x88)};
  BOOST_TEST(crypto::verify_p384(point, of_block, with_author.block).has_value());
  const crypto::P384Signature of_key{.r = number_at(with_author.auth, 0x680), .s = number_at(with_author.auth, 0x6c8)};
  BOOST_TEST(crypto::verify_p384(point, of_key, Bytes{with_author.auth}.subspan(0x240, 1028)).has_value());
  BOOST_TEST((with_author.id_key_digest == with_author.author_key_digest));
  BOOST_TEST(to_hex(Bytes{with_author.auth}.first(8)) == "0100000001000000");

  const auto alone = sign_id_block(published_block(), key, nullptr).value();
  BOOST_TEST(to_hex(Bytes{alone.auth}.first(8)) == "0100000000000000");
  BOOST_TEST(std::ranges::all_of(Bytes{alone.auth}.subspan(0x680), [](std::byte b) { return b == std::byte{0}; }));
  BOOST_TEST((alone.author_key_digest == Digest{HashAlgorithm::sha384}));
  BOOST_TEST((alone.auth == sign_id_block(published_block(), key, nullptr).value().auth));
}
