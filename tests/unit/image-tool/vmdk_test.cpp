// SPDX-License-Identifier: Apache-2.0
#include "image-tool/containers/vmdk.hpp"

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace asterism;
using namespace asterism::image_tool;

namespace {

const std::string good =
    "# Disk DescriptorFile\nversion=1\nCID=d9b6724a\nparentCID=ffffffff\ncreateType=\"streamOptimized\"\n\n"
    "# Extent description\nRW 2115624 SPARSE \"a.vmdk\"\n";

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  BOOST_REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::vector<std::byte> head(std::uint64_t mark, std::uint64_t version, std::uint64_t offset, std::uint64_t size) {
  std::vector<std::byte> bytes;
  append_le(bytes, mark, 4);
  append_le(bytes, version, 4);
  bytes.resize(28);
  append_le(bytes, offset, 8);
  append_le(bytes, size, 8);
  bytes.resize(std::size_t{128} << 10);
  return bytes;
}

}  // namespace

BOOST_AUTO_TEST_CASE(only_the_content_id_changes) {
  std::string text = good + std::string(100, '\0');
  BOOST_TEST(set_vmdk_content_id(text, 0x00c0ffee).has_value());
  BOOST_TEST(text == replaced(good, "d9b6724a", "00c0ffee") + std::string(100, '\0'));
}

// One number in sixteen has a leading zero, which qemu-img leaves out.
BOOST_AUTO_TEST_CASE(a_short_content_id_gives_the_same_bytes) {
  for (const std::string_view id : {"cedc263", "0", "d9b6724a"}) {
    std::string text = replaced(good, "d9b6724a", id);
    text.resize(1024);
    BOOST_TEST(set_vmdk_content_id(text, 0x00c0ffee).has_value(), id);
    std::string expected = replaced(good, "d9b6724a", "00c0ffee");
    expected.resize(1024);
    BOOST_TEST((text == expected), id);
  }
}

BOOST_AUTO_TEST_CASE(malformed_descriptors_are_refused_and_left_alone) {
  const std::pair<const char*, std::string> rows[] = {
      {"empty", ""},
      {"zeros", std::string(512, '\0')},
      {"no id", replaced(good, "CID=d9b6724a\n", "")},
      {"two ids", replaced(good, "\n\n", "\nCID=00000000\n")},
      {"short id without room", replaced(good, "d9b6724a", "d9b6724")},
      {"short id before something else", replaced(good, "d9b6724a", "d9b672") + std::string{"\0x", 2}},
      {"empty id", replaced(good, "d9b6724a", "") + std::string(100, '\0')},
      {"long id", replaced(good, "d9b6724a", "d9b6724aa")},
      {"no digits", replaced(good, "d9b6724a", "d9b6724g")},
      {"spaces", replaced(good, "CID=d9b6724a", "CID= d9b672")},
      {"id behind a NUL", replaced(good, "CID=d9", std::string{"\0CID=d9", 7})},
      {"id at the end", "parentCID=ffffffff\ncreateType=\"streamOptimized\"\nCID="},
      {"other type", replaced(good, "streamOptimized", "monolithicSparse")},
      {"no type", replaced(good, "createType", "createtype")},
      {"a parent", replaced(good, "ffffffff", "12345678")},
      {"no parent line", replaced(good, "parentCID", "parentcid")},
  };
  for (const auto& [label, text] : rows) {
    std::string changed = text;
    const auto done = set_vmdk_content_id(changed, 1);
    BOOST_TEST(!done.has_value(), label);
    if (!done) BOOST_TEST((done.error().code() == Errc::corrupt), label);
    BOOST_TEST((changed == text), label);
  }
}

BOOST_AUTO_TEST_CASE(finds_the_descriptor) {
  const auto bytes = head(0x564d444b, 3, 1, 20);
  const auto place = find_vmdk_descriptor(ByteView{bytes}).value();
  BOOST_TEST(place.offset == 512u);
  BOOST_TEST(place.size == 10240u);
}

BOOST_AUTO_TEST_CASE(malformed_headers_are_refused) {
  constexpr std::uint64_t mark = 0x564d444b;
  struct Row {
    const char* label;
    std::vector<std::byte> bytes;
    Errc code;
  };
  const Row rows[] = {
      {"empty", {}, Errc::corrupt},
      {"cut", std::vector<std::byte>(3), Errc::corrupt},
      {"mark", head(mark + 1, 3, 1, 20), Errc::corrupt},
      {"version 0", head(mark, 0, 1, 20), Errc::unsupported},
      {"version 4", head(mark, 4, 1, 20), Errc::unsupported},
      {"over the header", head(mark, 3, 0, 20), Errc::corrupt},
      {"no descriptor", head(mark, 3, 1, 0), Errc::corrupt},
      {"too large", head(mark, 3, 1, 129), Errc::corrupt},
      {"behind the end", head(mark, 3, 250, 20), Errc::corrupt},
      {"wraps", head(mark, 3, ~std::uint64_t{0}, 20), Errc::corrupt},
      {"size wraps", head(mark, 3, 1, ~std::uint64_t{0}), Errc::corrupt},
  };
  for (const Row& row : rows) {
    const auto place = find_vmdk_descriptor(ByteView{row.bytes});
    BOOST_TEST(!place.has_value(), row.label);
    if (!place) BOOST_TEST((place.error().code() == row.code), row.label);
  }
}
