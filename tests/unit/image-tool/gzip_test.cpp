// SPDX-License-Identifier: Apache-2.0
#include "image-tool/containers/gzip.hpp"

#include <string>

#include <boost/test/unit_test.hpp>

#include "common/fs.hpp"
#include "image-tool/output_file.hpp"

using namespace asterism;
using namespace asterism::image_tool;

namespace {

std::vector<std::byte> compressed(std::string_view content) {
  auto file = OutputFile::create("content.gz").value();
  auto writer = GzipWriter::make(file).value();
  BOOST_REQUIRE(writer.append(as_bytes(content)));
  BOOST_REQUIRE(writer.finish());
  BOOST_REQUIRE(file.close());
  return read_file("content.gz", 1 << 24).value();
}

Result<std::string> decompressed(Bytes bytes, std::size_t piece) {
  ASTERISM_TRY(auto reader, GzipReader::make(bytes));
  std::string text;
  std::vector<std::byte> buffer(piece);
  for (;;) {
    ASTERISM_TRY(const std::size_t got, reader.read(buffer));
    text += as_text(Bytes{buffer}.first(got));
    if (got < piece) return text;
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(round_trip_in_pieces_of_any_size) {
  std::string content;
  for (unsigned i = 0; i < 40'000; ++i)
    content += std::format("{} {}\n", i, i * 2654435761U);
  for (const std::string& text : {std::string{}, std::string{"x"}, std::string(3'000'000, '\0'), content}) {
    const auto bytes = compressed(text);
    for (const std::size_t piece : {std::size_t{1000}, std::size_t{1} << 20})
      BOOST_TEST((decompressed(bytes, piece).value() == text));
  }
}

BOOST_AUTO_TEST_CASE(header_has_neither_name_nor_time) {
  const auto bytes = compressed("x");
  BOOST_TEST(to_hex(Bytes{bytes}.first(8)) == "1f8b080000000000");
}

BOOST_AUTO_TEST_CASE(malformed_data_is_corrupt) {
  const auto good = compressed("some text, some text, some text");
  auto wrong_checksum = good;
  wrong_checksum[good.size() - 8] ^= std::byte{1};
  auto followed = good;
  followed.push_back(std::byte{0});
  auto twice = good;
  append(twice, good);
  const std::vector<std::byte> cut{good.begin(), good.end() - 1};
  for (const auto& bytes :
       {wrong_checksum, followed, twice, cut, std::vector<std::byte>{}, std::vector<std::byte>(20)}) {
    const auto text = decompressed(bytes, 4096);
    BOOST_REQUIRE(!text);
    BOOST_TEST((text.error().code() == Errc::corrupt));
  }
}
