// SPDX-License-Identifier: Apache-2.0
#include "common/bytes.hpp"

#include <array>

#include <boost/test/unit_test.hpp>

using namespace asterism;

BOOST_AUTO_TEST_CASE(hex_round_trip) {
  const auto bytes = from_hex("00ff7FaB").value();
  BOOST_TEST(bytes.size() == 4u);
  BOOST_TEST(to_hex(bytes) == "00ff7fab");
  BOOST_TEST(to_hex({}).empty());
}

BOOST_AUTO_TEST_CASE(bad_hex_is_corrupt) {
  for (const auto* text : {"0", "0g", "g0", "0x", " 0", "00 "}) {
    BOOST_TEST((from_hex(text).error().code() == Errc::corrupt), text);
  }
}

BOOST_AUTO_TEST_CASE(numbers_are_little_endian) {
  const auto data = from_hex("0102030405060708").value();
  const ByteView view{data};
  BOOST_TEST(view.u8(7, "x").value() == 8);
  BOOST_TEST(view.u16(0, "x").value() == 0x0201);
  BOOST_TEST(view.u32(1, "x").value() == 0x05040302u);
  BOOST_TEST(view.u64(0, "x").value() == 0x0807060504030201u);
}

BOOST_AUTO_TEST_CASE(reading_past_the_end_is_corrupt_and_names_the_place) {
  const std::array<std::byte, 8> data{};
  const ByteView view{data, 0x100};
  const auto late = view.u32(5, "the count");
  BOOST_REQUIRE(!late);
  BOOST_TEST((late.error().code() == Errc::corrupt));
  BOOST_TEST(late.error().message() == "the count at offset 0x105 needs 4 bytes, but the data ends at 0x108");
}

BOOST_AUTO_TEST_CASE(offsets_near_the_top_do_not_wrap) {
  const std::array<std::byte, 8> data{};
  const ByteView view{data};
  BOOST_TEST(!view.sub(~std::uint64_t{0}, 2, "x"));
  BOOST_TEST(!view.sub(1, ~std::uint64_t{0}, "x"));
  BOOST_TEST(view.sub(8, 0, "x").has_value());
  BOOST_TEST(!view.sub(9, 0, "x"));
}

BOOST_AUTO_TEST_CASE(a_view_of_a_view_keeps_the_origin) {
  const std::array<std::byte, 16> data{};
  const auto inner = ByteView{data}.sub(8, 4, "x").value().sub(2, 2, "y").value();
  BOOST_TEST(inner.origin() == 10u);
  BOOST_TEST(inner.size() == 2u);
}

BOOST_AUTO_TEST_CASE(printable_shows_what_a_terminal_would_obey) {
  BOOST_TEST(printable("a b~") == "a b~");
  BOOST_TEST(printable("\x1b[2J\n\xc3") == "\\x1b[2J\\x0a\\xc3");
}

BOOST_AUTO_TEST_CASE(excerpts_are_short) {
  BOOST_TEST(excerpt("a\nb") == "a\\x0ab");
  BOOST_TEST(excerpt(std::string(100, 'x')) == std::string(100, 'x'));
  BOOST_TEST(excerpt(std::string(101, 'x')) == std::string(100, 'x') + "...");
}

BOOST_AUTO_TEST_CASE(append_le_writes_the_low_byte_first) {
  std::vector<std::byte> out;
  append_le(out, 0x0102, 4);
  append(out, as_bytes("A"));
  BOOST_TEST(to_hex(out) == "0201000041");
}
