// SPDX-License-Identifier: Apache-2.0
#include "common/base64.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace asterism;
namespace bdata = boost::unit_test::data;

// RFC 4648, section 10.
BOOST_AUTO_TEST_CASE(known_answers) {
  constexpr std::pair<std::string_view, std::string_view> rows[] = {{"", ""},
                                                                    {"f", "Zg=="},
                                                                    {"fo", "Zm8="},
                                                                    {"foo", "Zm9v"},
                                                                    {"foob", "Zm9vYg=="},
                                                                    {"fooba", "Zm9vYmE="},
                                                                    {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : rows) {
    BOOST_TEST(to_base64(as_bytes(plain)) == encoded);
    BOOST_TEST(as_text(from_base64(encoded).value()) == plain);
  }
}

BOOST_AUTO_TEST_CASE(every_byte_and_every_length_comes_back) {
  std::vector<std::byte> bytes;
  for (unsigned i = 0; i < 600; ++i) {
    BOOST_TEST((from_base64(to_base64(bytes)).value() == bytes));
    bytes.push_back(static_cast<std::byte>(i * 7));
  }
}

BOOST_DATA_TEST_CASE(refuses,
                     bdata::make({"Z", "Zg", "Zg=", "Zg===", "Zg==Zg==", "Zm9v\n", " Zm9v", "Zm-v", "Zm_v", "=",
                                  "====", "Z===", "Zh==", "Zm9=", "Zg=a", "Zm9vZg"}),
                     text) {
  const auto refused = from_base64(text);
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().code() == Errc::corrupt));
}
