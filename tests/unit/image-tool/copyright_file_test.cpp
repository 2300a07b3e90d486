// SPDX-License-Identifier: Apache-2.0
#include "image-tool/sbom/copyright_file.hpp"

#include <format>

#include <boost/test/unit_test.hpp>

using namespace asterism::image_tool;

namespace {

const std::string header = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n";

}  // namespace

BOOST_AUTO_TEST_CASE(header_files_and_stand_alone_paragraphs) {
  const auto file = parse_copyright_file(header +
                                         "License: Expat\n\n"
                                         "Files: *\nCopyright: A\nLicense: GPL-2+ or Artistic\n\n"
                                         "Files: b\nLicense: custom\n Do what\n .\n  you want\n\n"
                                         "License: GPL-2+\n The text.\n\n"
                                         "License: unused\n Not used.\n");
  BOOST_TEST(file.is_machine_readable);
  const std::set<std::string> expected{"Expat", "GPL-2+ or Artistic", "custom"};
  BOOST_TEST(file.licences == expected, boost::test_tools::per_element());
  BOOST_TEST(file.texts.at("custom") == "Do what\n\n you want");
  BOOST_TEST(file.texts.at("GPL-2+") == "The text.");
  BOOST_TEST(!file.texts.contains("Expat"));
}

BOOST_AUTO_TEST_CASE(syntax_in_the_wild) {
  struct Row {
    const char* label;
    std::string text;
    std::string licence;
  };
  const Row rows[] = {
      {"name below the field", header + "\nFiles: *\nLicense:\n GPL-2\n text\n", "GPL-2"},
      {"many blanks", header + "\nFiles: *\nLicense:   GPL-2\t or   MIT  \n", "GPL-2 or MIT"},
      {"other case", header + "\nfiles: *\nLICENSE: GPL-2\n", "GPL-2"},
      {"carriage returns", "Format: copyright-format/1.0\r\n\r\nFiles: *\r\nLicense: GPL-2\r\n text\r\n", "GPL-2"},
      {"no end of line", header + "\nFiles: *\nLicense: GPL-2", "GPL-2"},
      {"blank line of blanks", header + " \t\nFiles: *\nLicense: GPL-2\n", "GPL-2"},
      {"several empty lines", "\n\n" + header + "\n\n\nFiles: *\nLicense: GPL-2\n", "GPL-2"},
      {"prose between", header + "\nSome words\n that go on\n\nFiles: *\nLicense: GPL-2\n", "GPL-2"},
      {"field twice: the last one", header + "\nFiles: *\nLicense: MIT\nLicense: GPL-2\n", "GPL-2"},
  };
  for (const Row& row : rows) {
    const auto file = parse_copyright_file(row.text);
    BOOST_REQUIRE_MESSAGE(file.licences.size() == 1, row.label);
    BOOST_TEST(*file.licences.begin() == row.licence, row.label);
  }
}

BOOST_AUTO_TEST_CASE(what_is_not_machine_readable_is_prose) {
  std::string many = header;
  for (int i = 0; i < 30'000; ++i)
    many += "\nFiles: *\nLicense: GPL-2\n";
  std::string names = header;
  for (int i = 0; i < 2'000; ++i)
    names += std::format("\nFiles: *\nLicense: L{}\n", i);
  const std::pair<const char*, std::string> rows[] = {
      {"empty", ""},
      {"blank", " \n\t\n"},
      {"prose", "This package was debianized by A.\n\nLicense: GPL-2\n"},
      {"other format", "Format: https://example.org/\n\nFiles: *\nLicense: GPL-2\n"},
      {"format too late", "Files: *\nLicense: GPL-2\n\n" + header},
      {"no licence", header + "\nFiles: *\nCopyright: A\n"},
      {"empty licence", header + "\nFiles: *\nLicense:\n"},
      {"licence of blanks", header + "\nFiles: *\nLicense:\n  \n\t\n"},
      {"NULs", std::string(1000, '\0')},
      {"colons", std::string(1000, ':')},
      {"one long line", std::string(1'000'000, 'x')},
      {"continuation first", " a\n b\n" + std::string{"\tc\n"}},
      {"too many paragraphs", many},
      {"too many licences", names},
  };
  for (const auto& [label, text] : rows) {
    const auto file = parse_copyright_file(text);
    BOOST_TEST(!file.is_machine_readable, label);
    BOOST_TEST(file.licences.empty(), label);
  }
}

BOOST_AUTO_TEST_CASE(every_prefix_of_a_file_is_taken) {
  const std::string text = header + "\nFiles: *\nLicense: GPL-2+ or MIT\n a\n .\n b\n\nLicense: MIT\n c\n";
  for (std::size_t size = 0; size <= text.size(); ++size)
    BOOST_TEST(parse_copyright_file(text.substr(0, size)).licences.size() <= 1u);
}
