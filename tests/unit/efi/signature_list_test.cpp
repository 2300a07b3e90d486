// SPDX-License-Identifier: Apache-2.0
#include "efi/signature_list.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "support/hostile_table.hpp"

using namespace asterism;

namespace {

/// A list of `count` signatures of `size` data bytes each.
std::vector<std::byte> list_of(const Guid& type, std::size_t count, std::size_t size) {
  std::vector<std::byte> out;
  append(out, type.bytes);
  append_le(out, 28 + count * (16 + size), 4);
  append_le(out, 0, 4);
  append_le(out, 16 + size, 4);
  for (std::size_t i = 0; i < count; ++i) {
    append(out, Guid{"77fa9abd-0359-4d32-bd60-28f4e78f784b"}.bytes);
    out.insert(out.end(), size, static_cast<std::byte>('a' + i));
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(lists_follow_each_other) {
  auto lists = list_of(efi::certificate_sha256, 2, 32);
  append(lists, list_of(efi::certificate_x509, 1, 700));
  const auto signatures = efi::read_signature_lists(ByteView{lists}).value();
  BOOST_REQUIRE(signatures.size() == 3u);
  BOOST_TEST((signatures[0].type == efi::certificate_sha256));
  BOOST_TEST(as_text(signatures[1].data) == std::string(32, 'b'));
  BOOST_TEST(signatures[1].whole.size() == 48u);
  BOOST_TEST((signatures[2].type == efi::certificate_x509));
  BOOST_TEST(signatures[2].data.size() == 700u);
  BOOST_TEST(signatures[2].owner.to_string() == "77fa9abd-0359-4d32-bd60-28f4e78f784b");
}

BOOST_AUTO_TEST_CASE(nothing_is_no_signatures) {
  BOOST_TEST(efi::read_signature_lists(ByteView{}).value().empty());
  const auto empty_list = list_of(efi::certificate_sha256, 0, 32);
  BOOST_TEST(efi::read_signature_lists(ByteView{empty_list}).value().empty());
}

BOOST_DATA_TEST_CASE(hostile, testing::hostile_table("efi/signature_list_hostile.txt"), row) {
  const auto lists = row.apply(list_of(efi::certificate_sha256, 2, 32));
  const auto signatures = efi::read_signature_lists(ByteView{lists});
  BOOST_REQUIRE_MESSAGE(!signatures, "accepted");
  BOOST_TEST(to_string(signatures.error().code()) == row.code, signatures.error().message());
  BOOST_TEST(signatures.error().message().contains(row.message), signatures.error().message());
}
