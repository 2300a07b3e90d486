// SPDX-License-Identifier: Apache-2.0
#include "common/guid.hpp"

#include <boost/test/unit_test.hpp>

using namespace asterism;

BOOST_AUTO_TEST_CASE(first_three_groups_are_little_endian) {
  constexpr Guid guid{"8be4df61-93ca-11d2-aa0d-00e098032b8c"};
  BOOST_TEST(to_hex(guid.bytes) == "61dfe48bca93d211aa0d00e098032b8c");
  BOOST_TEST(guid.to_string() == "8be4df61-93ca-11d2-aa0d-00e098032b8c");
}

BOOST_AUTO_TEST_CASE(reads_at_an_offset_inside_the_data_only) {
  const auto data = from_hex("ff61dfe48bca93d211aa0d00e098032b8c").value();
  BOOST_TEST(Guid::read(ByteView{data}, 1, "x").value().to_string() == "8be4df61-93ca-11d2-aa0d-00e098032b8c");
  BOOST_TEST((Guid::read(ByteView{data}, 2, "x").error().code() == Errc::corrupt));
}
