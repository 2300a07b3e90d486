// SPDX-License-Identifier: Apache-2.0
#include "image-tool/diff/cpio.hpp"

#include <boost/test/unit_test.hpp>

using namespace asterism;
using namespace asterism::image_tool;

namespace {

struct Member {
  std::string name;
  std::string content = {};
  unsigned mode = 0100644;
  unsigned owner = 0;
  unsigned modified = 0;
  std::size_t name_size = 0;  // 0: what the name has
  std::size_t size = ~std::size_t{0};
};

std::string bytes_of(const Member& m) {
  const std::size_t name_size = m.name_size != 0 ? m.name_size : m.name.size() + 1;
  const std::size_t size = m.size != ~std::size_t{0} ? m.size : m.content.size();
  std::string bytes = "070701";
  for (const std::size_t value : {std::size_t{7}, std::size_t{m.mode}, std::size_t{m.owner}, std::size_t{0},
                                  std::size_t{1}, std::size_t{m.modified}, size, std::size_t{0}, std::size_t{0},
                                  std::size_t{0}, std::size_t{0}, name_size, std::size_t{0}})
    bytes += std::format("{:08X}", value);
  bytes += m.name + '\0';
  bytes.resize((bytes.size() + 3) / 4 * 4);
  bytes += m.content;
  bytes.resize((bytes.size() + 3) / 4 * 4);
  return bytes;
}

std::string archive_of(std::initializer_list<Member> members) {
  std::string bytes;
  for (const Member& member : members)
    bytes += bytes_of(member);
  return bytes + bytes_of({.name = "TRAILER!!!", .mode = 0});
}

Result<CpioArchive> read(const std::string& bytes) {
  return read_cpio(ByteView{as_bytes(bytes)});
}

std::vector<std::string> differences(const std::string& a, const std::string& b) {
  Findings findings;
  inspect("x", as_bytes(a), as_bytes(b), {findings, "."});
  return findings.lines();
}

}  // namespace

BOOST_AUTO_TEST_CASE(reads_files_links_and_what_follows) {
  const std::string first = archive_of(
      {{.name = "a", .content = "text", .owner = 3, .modified = 9}, {.name = "l", .content = "a", .mode = 0120777}});
  const std::string bytes = first + std::string(8, '\0') + archive_of({{.name = "b"}});  // contents are views into it
  const auto archive = read(bytes).value();
  BOOST_TEST(archive.files.size() == 2u);
  BOOST_TEST(archive.files.at("a").owner == 3u);
  BOOST_TEST(archive.files.at("a").modified == 9);
  BOOST_TEST(archive.files.at("a").size == 4u);
  BOOST_TEST(as_text(archive.contents.at("a")) == "text");
  BOOST_TEST(archive.files.at("l").target == "a");
  BOOST_TEST(!archive.contents.contains("l"));
  BOOST_TEST(archive.end == first.size() + 8);
}

BOOST_AUTO_TEST_CASE(malformed_archives_are_refused) {
  std::string digit = archive_of({{.name = "a"}});
  digit[20] = 'g';
  const std::string good = archive_of({{.name = "a", .content = "text"}});
  struct Row {
    const char* label;
    std::string bytes;
    Errc code;
  };
  const Row rows[] = {
      {"empty", "", Errc::corrupt},
      {"mark", "070702" + good.substr(6), Errc::corrupt},
      {"digit", digit, Errc::corrupt},
      {"cut header", good.substr(0, 50), Errc::corrupt},
      {"cut content", good.substr(0, 114), Errc::corrupt},
      {"no trailer", bytes_of({.name = "a"}), Errc::corrupt},
      {"no name", archive_of({{.name = "a", .name_size = 0xffffffff}}), Errc::unsupported},
      {"long name", archive_of({{.name = "a", .name_size = 4097}}), Errc::unsupported},
      {"content beyond the end", archive_of({{.name = "a", .size = 0xffffffff}}), Errc::corrupt},
      {"name twice", archive_of({{.name = "a"}, {.name = "a"}}), Errc::corrupt},
  };
  for (const Row& row : rows) {
    const auto archive = read(row.bytes);
    BOOST_TEST(!archive.has_value(), row.label);
    if (!archive) BOOST_TEST((archive.error().code() == row.code), row.label << ": " << archive.error().message());
  }
  for (std::size_t size = 0; size < good.size(); ++size)
    BOOST_TEST(!read(good.substr(0, size)), size);
}

BOOST_AUTO_TEST_CASE(differences_between_archives) {
  const std::string a = archive_of({{.name = "a", .content = "1"}, {.name = "b"}});
  const auto line = [&](const std::string& other, std::size_t number) {
    const auto lines = differences(a, other);
    return number < lines.size() ? lines[number] : std::string{"none"};
  };
  BOOST_TEST(differences(a, a).empty());
  BOOST_TEST(line(archive_of({{.name = "b"}, {.name = "a", .content = "1"}}), 1) ==
             "x: all files are equal: their order differs");
  BOOST_TEST(line(archive_of({{.name = "a", .content = "2"}, {.name = "b"}}), 1) ==
             "x: a: byte 0x0 differs (0x31, 0x32)");
  BOOST_TEST(line(archive_of({{.name = "a", .content = "1", .modified = 8}, {.name = "b"}}), 1) == "x: a: time 0 / 8");
  BOOST_TEST(line(archive_of({{.name = "a", .content = "1"}}), 1) == "x: b: only in the first");
  BOOST_TEST(line(a + archive_of({{.name = "c"}}), 1).starts_with("x: next archive: byte 0x0 differs (the end, 0x30)"));
  BOOST_TEST(line(a.substr(0, 120), 1).starts_with("x: cannot look inside: "));
}

BOOST_AUTO_TEST_CASE(text_and_json) {
  const std::pair<std::pair<const char*, const char*>, const char*> rows[] = {
      {{"a\nb\n", "a\nc\n"}, "x: line 2: 'b' / 'c'"},
      {{"a\n", "a"}, "x: all lines are equal but for the end"},
      {{R"({"a":1})", R"({"a":2})"}, "x: $.a: '1' / '2'"},
      {{R"({"a":1})", R"({"a": 1})"}, "x: the values are equal: spacing or order differs"},
      {{R"({"a":[1,{"b":true}]})", R"({"a":[1,{"b":false}]})"}, "x: $.a[1].b: 'true' / 'false'"},
      {{R"({"a":1})", R"({"a":)"}, "x: cannot look inside: "},
  };
  for (const auto& [texts, expected] : rows) {
    const auto lines = differences(texts.first, texts.second);
    BOOST_REQUIRE(lines.size() == 2u);
    BOOST_TEST(lines[1].starts_with(expected), lines[1]);
  }
}

BOOST_AUTO_TEST_CASE(nesting_ends) {
  std::string a = "1";
  std::string b = "2";
  for (int i = 0; i < 20; ++i) {
    a = archive_of({{.name = "n", .content = a}});
    b = archive_of({{.name = "n", .content = b}});
  }
  BOOST_TEST(differences(a, b).size() == std::size_t{inspection_maximum_depth} + 1);
}
