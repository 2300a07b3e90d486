// SPDX-License-Identifier: Apache-2.0
#include "common/os_release.hpp"

#include <ostream>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace asterism;
namespace bdata = boost::unit_test::data;

namespace {

struct Case {
  const char* label;
  const char* text;
  const char* name;
  const char* version;
  const char* variant;
};
std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << c.label;
}

const Case cases[] = {
    {"as the image has it",
     "NAME=\"Asterism\"\nID=asterism\nVERSION_ID=\"0.1\"\nIMAGE_VERSION=\"0.1.0\"\nVARIANT_ID=release\n", "Asterism",
     "0.1.0", "release"},
    {"no image version", "NAME=x\nVERSION_ID=13\n", "x", "13", ""},
    {"single quotes", "NAME='a b'\n", "a b", "", ""},
    {"escapes in double quotes", "NAME=\"a\\\"b\\\\c\"\n", "a\"b\\c", "", ""},
    {"one quote only", "NAME=\"\n", "\"", "", ""},
    {"quote that does not close", "NAME=\"abc\n", "\"abc", "", ""},
    {"backslash before the closing quote", "NAME=\"abc\\\"\n", "abc\\", "", ""},
    {"last assignment wins", "VARIANT_ID=debug\nVARIANT_ID=release", "", "", "release"},
    {"key is a prefix of another", "NAME2=no\nXNAME=no\n", "", "", ""},
    {"comments and noise", "# NAME=no\n\n=\n===\nNAME\nNAME=yes\n", "yes", "", ""},
    {"empty", "", "", "", ""},
};

}  // namespace

BOOST_DATA_TEST_CASE(parses, bdata::make(cases), c) {
  const auto os = parse_os_release(c.text);
  BOOST_TEST(os.name == c.name);
  BOOST_TEST(os.version == c.version);
  BOOST_TEST(os.variant == c.variant);
}

BOOST_AUTO_TEST_CASE(names_the_image) {
  const auto os = parse_os_release("ID=asterism\nIMAGE_ID=asterism\nIMAGE_VERSION=\"0.1.0\"\n");
  BOOST_TEST(os.image == "asterism");
  BOOST_TEST(os.version == "0.1.0");
  BOOST_TEST(parse_os_release("ID=asterism\n").image.empty());
}
