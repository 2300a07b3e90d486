// SPDX-License-Identifier: Apache-2.0
#include "firmware/lzma.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "common/digest.hpp"
#include "support/hostile_table.hpp"
#include "support/table.hpp"

using namespace asterism;
using namespace asterism::firmware;

namespace {

constexpr std::uint64_t limit = 1 << 20;

struct Vector {
  std::string label;
  std::vector<std::byte> packed;
  std::string sha256;

  friend std::ostream& operator<<(std::ostream& out, const Vector& vector) { return out << vector.label; }
};

std::vector<Vector> vectors() {
  std::vector<Vector> found;
  for (const auto& row : testing::table_rows("firmware/lzma_vectors.txt", 3))
    found.push_back({.label = row[0], .packed = from_hex(row[1]).value(), .sha256 = row[2]});
  return found;
}

std::string digest_of(const std::vector<std::byte>& content) {
  return sha256(content).value().hex();
}

}  // namespace

BOOST_DATA_TEST_CASE(unpacks_what_liblzma_packed, boost::unit_test::data::make(vectors()), vector) {
  BOOST_TEST(digest_of(unpack_lzma(ByteView{vector.packed}, limit).value()) == vector.sha256);
  auto longer = vector.packed;  // a section may be padded
  longer.resize(longer.size() + 8, std::byte{0xFF});
  BOOST_TEST(digest_of(unpack_lzma(ByteView{longer}, limit).value()) == vector.sha256);
}

// liblzma ends a stream with a marker and five bytes of the encoder's state, which nobody needs who knows the size.
constexpr std::size_t unused_bytes_max = 8;

BOOST_DATA_TEST_CASE(a_stream_that_was_cut_is_refused_or_was_complete, boost::unit_test::data::make(vectors()),
                     vector) {
  for (std::size_t size = 0; size < vector.packed.size(); size += 1 + vector.packed.size() / 50) {
    const auto content = unpack_lzma(ByteView{Bytes{vector.packed}.first(size)}, limit);
    if (content) {
      BOOST_TEST(digest_of(*content) == vector.sha256);
      BOOST_TEST(size + unused_bytes_max >= vector.packed.size());
    } else {
      BOOST_TEST((content.error().code() == Errc::corrupt));
    }
  }
}

BOOST_DATA_TEST_CASE(hostile, testing::hostile_table("firmware/lzma_hostile.txt"), row) {
  const auto words = vectors().at(3);
  const auto content = unpack_lzma(ByteView{row.apply(words.packed)}, limit);
  BOOST_REQUIRE_MESSAGE(!content, "accepted");
  BOOST_TEST(to_string(content.error().code()) == row.code, content.error().message());
  BOOST_TEST(content.error().message().contains(row.message), content.error().message());
}

BOOST_AUTO_TEST_CASE(content_has_a_limit) {
  const auto words = vectors().at(3);
  const auto size = unpack_lzma(ByteView{words.packed}, limit).value().size();
  BOOST_TEST(unpack_lzma(ByteView{words.packed}, size).has_value());
  BOOST_TEST((unpack_lzma(ByteView{words.packed}, size - 1).error().code() == Errc::unsupported));
}
