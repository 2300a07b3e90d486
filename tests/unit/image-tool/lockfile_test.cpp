// SPDX-License-Identifier: Apache-2.0
#include "image-tool/sbom/lockfile.hpp"

#include <boost/test/unit_test.hpp>

#include "image-tool/sbom/package_list.hpp"

using namespace asterism;
using namespace asterism::image_tool;

namespace {

const std::string digest(64, 'a');

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  BOOST_REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

const std::string line =
    "deb image,tools libc6 2.41-12 amd64 123 " + digest + " debian pool/main/g/glibc/libc6_2.41-12_amd64.deb\n";
const std::string source = "source - linux 1:6.12~rc+1 - 5 " + digest + " debian-security pool/main/l/linux.tar.xz\n";

}  // namespace

BOOST_AUTO_TEST_CASE(reads_both_kinds) {
  const auto inputs = parse_lock("# comment\n# resolved 20250101T000000Z\n" + line + source).value();
  BOOST_REQUIRE(inputs.size() == 2u);
  BOOST_TEST(inputs[0].name == "libc6");
  BOOST_TEST(inputs[0].version == "2.41-12");
  BOOST_TEST(inputs[0].size_bytes == 123u);
  BOOST_TEST(inputs[0].is_in("image"));
  BOOST_TEST(!inputs[0].is_in("initrd"));
  BOOST_TEST(inputs[0].file_name() == "libc6_2.41-12_amd64.deb");
  BOOST_TEST(path_in_store("/s", inputs[0]) == "/s/aa/" + digest);
  BOOST_TEST((inputs[1].kind == LockedInput::Kind::source));
  BOOST_TEST(inputs[1].sets.empty());
}

BOOST_AUTO_TEST_CASE(malformed_lines_are_corrupt) {
  const std::string rows[] = {
      "x",
      replaced(line, "deb ", "rpm "),
      replaced(line, " 123 ", " 123  "),
      replaced(line, " 123 ", " 0 "),
      replaced(line, " 123 ", " -1 "),
      replaced(line, " 123 ", " 12x "),
      replaced(line, " 123 ", " 99999999999999999999999 "),
      replaced(line, "image,tools", "image,"),
      replaced(line, "image,tools", "other"),
      replaced(line, "libc6 ", "lib/c6 "),
      replaced(line, digest, digest.substr(1)),
      replaced(line, digest, std::string(64, 'A')),
      replaced(line, " debian ", " other "),
      replaced(line, "pool/main", "pool/../main"),
      replaced(line, "pool/main", "/pool/main"),
      replaced(line, "pool/main", "pool/\x1b[0m"),
      line + line,
  };
  for (const std::string& text : rows) {
    const auto inputs = parse_lock(text);
    BOOST_TEST(!inputs.has_value(), text);
    if (!inputs) BOOST_TEST((inputs.error().code() == Errc::corrupt));
  }
}

BOOST_AUTO_TEST_CASE(package_lists) {
  const std::string good = R"({"manifest_version":1,"config":{"distribution":"debian","release":"trixie","name":"x"},
      "packages":[{"type":"deb","name":"a","version":"1","architecture":"all","size":1}],"extension":{}})";
  const auto list = parse_package_list(good).value();
  BOOST_TEST(list.release == "trixie");
  BOOST_REQUIRE(list.packages.size() == 1u);
  BOOST_TEST(list.packages[0].name == "a");
  const std::pair<std::string, Errc> rows[] = {
      {"", Errc::corrupt},
      {"[]", Errc::corrupt},
      {replaced(good, ":1,", ":2,"), Errc::unsupported},
      {replaced(good, "\"deb\"", "\"rpm\""), Errc::unsupported},
      {replaced(good, "\"version\":\"1\"", "\"version\":1"), Errc::corrupt},
      {replaced(good, "\"packages\"", "\"package\""), Errc::corrupt},
      {replaced(good, "}],", R"(},{"type":"deb","name":"a","version":"2","architecture":"all"}],)"), Errc::corrupt},
  };
  for (const auto& [text, code] : rows)
    BOOST_TEST((parse_package_list(text).error().code() == code), text);
}
