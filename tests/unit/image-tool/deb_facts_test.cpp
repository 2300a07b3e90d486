// SPDX-License-Identifier: Apache-2.0
#include "image-tool/sbom/deb_facts.hpp"

#include <boost/test/unit_test.hpp>

using namespace asterism;
using namespace asterism::image_tool;

BOOST_AUTO_TEST_CASE(source_of_a_control_file) {
  const std::string base = "Package: libc6\nVersion: 2.41-12+b1\nArchitecture: amd64\n";
  const auto same = parse_control(base).value();
  BOOST_TEST(same.source == "libc6");
  BOOST_TEST(same.source_version == "2.41-12+b1");
  const auto named = parse_control(base + "Source: glibc\n").value();
  BOOST_TEST(named.source == "glibc");
  BOOST_TEST(named.source_version == "2.41-12+b1");
  const auto versioned = parse_control("Source: glibc (2.41-12)\n" + base).value();
  BOOST_TEST(versioned.source == "glibc");
  BOOST_TEST(versioned.source_version == "2.41-12");
  for (const auto* text : {"", "Package: a\nVersion: 1\n", "Package\nVersion\nArchitecture\n",
                           "Package: \nVersion: 1\nArchitecture: all\n"})
    BOOST_TEST((parse_control(text).error().code() == Errc::corrupt), text);
}

BOOST_AUTO_TEST_CASE(links_to_other_packages) {
  struct Row {
    const char* folder;
    const char* target;
    const char* package;
  };
  const Row rows[] = {
      {"/usr/share/doc", "gcc-14-base", "gcc-14-base"},
      {"/usr/share/doc", "./gcc-14-base/", "gcc-14-base"},
      {"/usr/share/doc", "/usr/share/doc/other", "other"},
      {"/usr/share/doc", "../doc/other", "other"},
      {"/usr/share/doc/a", "../other/copyright", "other"},
      {"/usr/share/doc/a", "/usr/share/doc/other/copyright", "other"},
      {"/usr/share/doc/a", "copyright.txt", ""},
      {"/usr/share/doc/a", "../a/COPYING", ""},
      {"/usr/share/doc/a", "../../../../etc/passwd", ""},
      {"/usr/share/doc", "..", ""},
      {"/usr/share/doc", ".", ""},
      {"/usr/share/doc", "", ""},
      {"/usr/share/doc", "/etc", ""},
  };
  for (const Row& row : rows)
    BOOST_TEST(linked_package(row.folder, row.target) == row.package, row.folder << " " << row.target);
}

BOOST_AUTO_TEST_CASE(cache_round_trip) {
  const DebFacts facts{"a", "1", "all", "b", "2", "text \"quoted\"\n", "c"};
  BOOST_TEST((facts_from_text(facts_to_text(facts)).value() == facts));
  const std::string text = facts_to_text(facts);
  BOOST_TEST(!facts_from_text(text.substr(0, text.size() / 2)));
  BOOST_TEST(!facts_from_text("{}"));
  BOOST_TEST(!facts_from_text(R"({"format": 0})"));
}
