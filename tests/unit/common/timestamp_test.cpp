// SPDX-License-Identifier: Apache-2.0
#include "common/timestamp.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace asterism;
namespace bdata = boost::unit_test::data;

BOOST_AUTO_TEST_CASE(known_answers) {
  BOOST_TEST(parse_timestamp("1970-01-01T00:00:00Z")->time_since_epoch().count() == 0);
  BOOST_TEST(parse_timestamp("2000-02-29T12:34:56Z")->time_since_epoch().count() == 951'827'696);
  BOOST_TEST(parse_timestamp("9999-12-31T23:59:59Z")->time_since_epoch().count() == 253'402'300'799);
}

BOOST_DATA_TEST_CASE(text_comes_back,
                     bdata::make({"1970-01-01T00:00:00Z", "2027-01-31T23:59:59Z", "9999-12-31T23:59:59Z"}), text) {
  BOOST_TEST(format_timestamp(parse_timestamp(text).value()) == text);
}

BOOST_DATA_TEST_CASE(refuses,
                     bdata::make({"", "2027", "2027-01-31", "2027-01-31T23:59:59", "2027-01-31t23:59:59z",
                                  "2027-01-31 23:59:59Z", "2027-01-31T23:59:59+00:00", "2027-01-31T23:59:59.0Z",
                                  "2027-02-29T00:00:00Z", "2027-13-01T00:00:00Z", "2027-00-01T00:00:00Z",
                                  "2027-01-00T00:00:00Z", "2027-01-31T24:00:00Z", "2027-01-31T23:60:00Z",
                                  "2027-01-31T23:59:60Z", "1969-12-31T23:59:59Z", "+027-01-31T23:59:59Z",
                                  "12027-01-31T23:59:59Z", "2027-01-31T23:59:59Z\n"}),
                     text) {
  const auto refused = parse_timestamp(text);
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().code() == Errc::corrupt));
}

BOOST_AUTO_TEST_CASE(the_present_is_after_this_was_written) {
  BOOST_TEST((current_time() > parse_timestamp("2026-11-01T00:00:00Z").value()));
}
