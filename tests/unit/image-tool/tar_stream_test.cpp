// SPDX-License-Identifier: Apache-2.0
#include "image-tool/sbom/tar_stream.hpp"

#include <algorithm>
#include <map>

#include <boost/test/unit_test.hpp>

using namespace asterism;
using namespace asterism::image_tool;

namespace {

std::string block_of(std::string_view name, char type, std::string_view target, std::size_t size) {
  std::string block(512, '\0');
  block.replace(0, name.size(), name);
  block.replace(124, 11, std::format("{:011o}", size));
  block.replace(148, 8, "        ");
  block[156] = type;
  block.replace(157, target.size(), target);
  block.replace(257, 8, std::string_view{"ustar  \0", 8});
  unsigned sum = 0;
  for (const char c : block)
    sum += static_cast<unsigned char>(c);
  return block.replace(148, 7, std::format("{:06o}", sum) + '\0');
}

std::string member(std::string_view name, std::string_view content, char type = '0', std::string_view target = "") {
  std::string bytes = block_of(name, type, target, content.size()) + std::string{content};
  bytes.resize((bytes.size() + 511) / 512 * 512);
  return bytes;
}

const std::string end(1024, '\0');

struct Seen {
  std::vector<TarEntry> entries;
  std::map<std::string, std::string> contents;
};

Result<Seen> read(const std::string& tar, std::size_t piece = 7) {
  Seen seen;
  TarStream stream{[&](const TarEntry& entry) {
                     seen.entries.push_back(entry);
                     return entry.name.ends_with('!') ? TarChoice::collect : TarChoice::skip;
                   },
                   [&](const TarEntry& entry, std::string content) {
                     seen.contents[entry.name] = std::move(content);
                     return true;
                   }};
  for (std::size_t at = 0; at < tar.size(); at += piece) {
    ASTERISM_TRY([[maybe_unused]] const bool more,
                 stream.feed(as_bytes(tar).subspan(at, std::min(piece, tar.size() - at))));
  }
  if (!stream.is_complete()) return fail(Errc::corrupt, "cut");
  return seen;
}

}  // namespace

BOOST_AUTO_TEST_CASE(members_in_pieces_of_any_size) {
  const std::string long_name = "./" + std::string(300, 'n') + "!";
  const std::string tar = member("./", "", '5') + member("./a!", "content") + member("./b", std::string(1000, 'x')) +
                          member("./link", "", '2', "a!") + member("././@LongLink", long_name + '\0', 'L') +
                          member("cut", std::string(512, 'y')) + member("./empty!", "") + end;
  for (const std::size_t piece : {std::size_t{1}, std::size_t{511}, std::size_t{512}, std::size_t{100'000}}) {
    const auto seen = read(tar, piece).value();
    BOOST_REQUIRE(seen.entries.size() == 6u);
    BOOST_TEST(seen.contents.at("./a!") == "content");
    BOOST_TEST(seen.contents.at("./empty!").empty());
    BOOST_TEST(seen.contents.at(long_name) == std::string(512, 'y'));
    BOOST_TEST(seen.entries[3].target == "a!");
    BOOST_TEST(seen.entries[3].type == '2');
  }
}

BOOST_AUTO_TEST_CASE(stops_when_told) {
  TarStream at_entry{[](const TarEntry&) { return TarChoice::stop; },
                     [](const TarEntry&, const std::string&) { return true; }};
  BOOST_TEST(!at_entry.feed(as_bytes(member("a", "content"))).value());
  TarStream at_content{[](const TarEntry&) { return TarChoice::collect; },
                       [](const TarEntry&, const std::string&) { return false; }};
  BOOST_TEST(!at_content.feed(as_bytes(member("a", "content"))).value());
}

BOOST_AUTO_TEST_CASE(a_link_that_claims_content_has_none) {
  const auto seen = read(block_of("l!", '2', "x", 5'000) + member("a!", "b") + end).value();
  BOOST_TEST(seen.contents.at("a!") == "b");
}

BOOST_AUTO_TEST_CASE(malformed_archives_are_refused) {
  std::string checksum = member("a", "b");
  checksum[0] = 'A';
  std::string digits = member("a", "b");
  digits[130] = '9';
  const std::pair<std::string, Errc> rows[] = {
      {checksum, Errc::corrupt},
      {digits, Errc::corrupt},
      {std::string(512, 'x'), Errc::corrupt},
      {member("a", "content").substr(0, 515), Errc::corrupt},
      {member("a", "").substr(0, 100), Errc::corrupt},
      {block_of("a!", '0', "", 9U << 20), Errc::unsupported},
      {block_of("n", 'L', "", 5'000), Errc::unsupported},
  };
  for (const auto& [tar, code] : rows) {
    const auto seen = read(tar);
    BOOST_REQUIRE(!seen);
    BOOST_TEST((seen.error().code() == code), seen.error().message());
  }
}
