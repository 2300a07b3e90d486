// SPDX-License-Identifier: Apache-2.0
#include "efi/utf16.hpp"

#include <boost/test/unit_test.hpp>

#include "common/bytes.hpp"

using namespace asterism;

BOOST_AUTO_TEST_CASE(plain_text_converts) {
  BOOST_TEST((efi::utf8_to_ucs2("a=\xc3\xa4\xe2\x82\xac") == u"a=\u00e4\u20ac"));
  BOOST_TEST((efi::utf8_to_ucs2({}).empty()));
}

// The rows follow what systemd's EFI programs do with damaged text.
BOOST_AUTO_TEST_CASE(damaged_text_is_dropped_as_the_stub_drops_it) {
  const std::pair<std::string, std::u16string> rows[] = {
      {std::string("ab\0cd", 5), u"ab"},  // stops at NUL
      {"a\x80z", u"az"},                  // stray continuation byte
      {"a\xffz", u"az"},                  // no lead byte
      {"a\xc3(z", u"az"},                 // the length of a broken sequence is skipped whole
      {"a\xe2\x82", u"a"},                // short at the end
      {"a\xf0\x9f\x98\x80z", u"az"},      // beyond the basic plane
      {"a\xed\xa0\x80z", u"az"},          // surrogate
      {"a\xf8\x88\x80\x80\x80z", u"az"},  // five bytes
      {"\xc1\x81", u"A"},                 // overlong forms are taken
  };
  for (const auto& [text, wanted] : rows)
    BOOST_TEST((efi::utf8_to_ucs2(text) == wanted), printable(text));
}

BOOST_AUTO_TEST_CASE(names_convert_back) {
  BOOST_TEST(efi::utf16_to_utf8(u"esp \u00e4\u20ac") == "esp \xc3\xa4\xe2\x82\xac");
  BOOST_TEST(efi::utf16_to_utf8(u"\xd83d\xde00") == "\xf0\x9f\x98\x80");
  BOOST_TEST(efi::utf16_to_utf8(std::u16string{char16_t{0xd83d}, u'x'}) == "\xef\xbf\xbdx");
}

BOOST_AUTO_TEST_CASE(bytes_are_little_endian_with_or_without_nul) {
  BOOST_TEST(to_hex(efi::utf16_bytes(u"A\u20ac", true)) == "4100ac200000");
  BOOST_TEST(to_hex(efi::utf16_bytes(u"db", false)) == "64006200");
}
