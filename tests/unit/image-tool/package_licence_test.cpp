// SPDX-License-Identifier: Apache-2.0
#include "image-tool/sbom/package_licence.hpp"

#include <format>

#include <boost/test/unit_test.hpp>

#include "image-tool/sbom/utf8.hpp"

using namespace asterism;
using namespace asterism::image_tool;

namespace {

DeclaredLicence of_licences(std::initializer_list<const char*> lines, std::string_view texts = {}) {
  std::string file = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n";
  for (const char* line : lines)
    file += std::format("\nFiles: *\nLicense: {}\n", line);
  return declared_licence(file += texts).value();
}

}  // namespace

BOOST_AUTO_TEST_CASE(all_licences_once_and_sorted) {
  BOOST_TEST(of_licences({"MIT", "GPL-2", "Expat"}).expression == "GPL-2.0-only AND MIT");
  BOOST_TEST(of_licences({"GPL-2 and MIT", "MIT"}).expression == "GPL-2.0-only AND MIT");
  BOOST_TEST(of_licences({"GPL-2 or MIT"}).expression == "GPL-2.0-only OR MIT");
  BOOST_TEST(of_licences({"GPL-2 or MIT", "ISC"}).expression == "(GPL-2.0-only OR MIT) AND ISC");
  BOOST_TEST(of_licences({"A or B, and C or D"}).expression.starts_with("(LicenseRef-A-"));
  BOOST_TEST(of_licences({"MIT"}).own.empty());
}

BOOST_AUTO_TEST_CASE(own_licences_carry_their_text) {
  const auto declared = of_licences({"custom"}, "\nLicense: custom\n Do what you want.\n");
  BOOST_REQUIRE(declared.own.size() == 1u);
  const auto& [id, licence] = *declared.own.begin();
  BOOST_TEST(declared.expression == id);
  BOOST_TEST(id.starts_with("LicenseRef-custom-"));
  BOOST_TEST(licence.name == "custom");
  BOOST_TEST(licence.text == "Do what you want.");
  const auto other = of_licences({"custom"}, "\nLicense: custom\n Do nothing.\n");
  BOOST_TEST(other.expression != declared.expression);
}

BOOST_AUTO_TEST_CASE(a_line_that_is_no_expression_leaves_one_licence) {
  const auto declared = of_licences({"Permission to use, copy and custom"});
  BOOST_REQUIRE(declared.own.size() == 1u);
  BOOST_TEST(declared.expression.starts_with("LicenseRef-unnamed-"));
  BOOST_TEST(declared.own.begin()->second.text.starts_with("Permission to use"));
}

BOOST_AUTO_TEST_CASE(prose_is_one_licence_and_bounded) {
  const auto declared = declared_licence(std::string(100'000, 'x')).value();
  BOOST_REQUIRE(declared.own.size() == 1u);
  BOOST_TEST(declared.expression == declared.own.begin()->first);
  BOOST_TEST(declared.own.begin()->second.text.size() < licence_text_maximum_bytes + 200);
  BOOST_TEST(declared.own.begin()->second.text.contains("100000 bytes"));
  BOOST_TEST(declared_licence("").value().expression.empty());
}

BOOST_AUTO_TEST_CASE(text_is_made_valid_utf8_and_never_cut_within_a_character) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"a\tb\n", "a\tb\n"},
      {"\xc3\xa9", "\xc3\xa9"},
      {"\xe9", "\xef\xbf\xbd"},
      {"a\r\nb", "a\nb"},
      {"\x1b[0m", "\xef\xbf\xbd[0m"},
      {"\xc0\x80", "\xef\xbf\xbd\xef\xbf\xbd"},
      {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
      {"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
      {"\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd"},
      {"\xf0\x9f\x8c\x8c", "\xf0\x9f\x8c\x8c"},
  };
  for (const auto& [text, expected] : rows)
    BOOST_TEST(clean_utf8(text, 1000) == expected);
  BOOST_TEST(clean_utf8("ab\xc3\xa9", 3) == "ab");
  BOOST_TEST(clean_utf8("abc", 0).empty());
}
