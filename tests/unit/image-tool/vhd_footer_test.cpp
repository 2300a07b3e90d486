// SPDX-License-Identifier: Apache-2.0
#include "image-tool/containers/vhd_footer.hpp"

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace asterism;
using namespace asterism::image_tool;

namespace {

constexpr std::uint64_t mib = std::uint64_t{1} << 20;

const Digest& content() {
  static const Digest digest = sha256(as_bytes("content")).value();
  return digest;
}

std::uint64_t big_endian(Bytes bytes, std::size_t offset, std::size_t width) {
  std::uint64_t value = 0;
  for (const std::byte b : bytes.subspan(offset, width))
    value = value << 8 | std::to_integer<std::uint64_t>(b);
  return value;
}

}  // namespace

// Sectors and geometry as qemu-img 10.0 wrote them for `create -f vpc -o subformat=fixed`.
BOOST_AUTO_TEST_CASE(geometry_is_what_qemu_writes) {
  struct Row {
    std::uint64_t sectors;
    VhdGeometry geometry;
  };
  const Row rows[] = {
      {2108, {31, 4, 17}},
      {4148, {61, 4, 17}},
      {20536, {302, 4, 17}},
      {69700, {820, 5, 17}},
      {81940, {964, 5, 17}},
      {204816, {1004, 12, 17}},
      {258060, {1012, 15, 17}},
      {262208, {964, 16, 17}},
      {409696, {826, 16, 31}},
      {503936, {1016, 16, 31}},
      {525168, {521, 16, 63}},
      {819504, {813, 16, 63}},
      {1022112, {1014, 16, 63}},
      {1032192, {1024, 16, 63}},
      {1049328, {1041, 16, 63}},
      {2097648, {2081, 16, 63}},
      {2115792, {2099, 16, 63}},
      {4195296, {4162, 16, 63}},
      {16778160, {16645, 16, 63}},
      {65011968, {64496, 16, 63}},
      {67111920, {16449, 16, 255}},
      {134219760, {32897, 16, 255}},
      {266338320, {65279, 16, 255}},
      {285212672, {65535, 16, 255}},
      {1048576000, {65535, 16, 255}},
      {4278190080, {65535, 16, 255}},
  };
  for (const Row& row : rows)
    BOOST_TEST((vhd_geometry(row.sectors) == row.geometry), row.sectors << " sectors");
}

BOOST_AUTO_TEST_CASE(geometry_never_tells_more_than_there_is) {
  for (std::uint64_t sectors = 2048; sectors < 70'000'000; sectors += sectors / 97) {
    const VhdGeometry g = vhd_geometry(sectors);
    const std::uint64_t told = std::uint64_t{g.cylinders} * g.heads * g.sectors_per_track;
    BOOST_TEST(told <= sectors);
    BOOST_TEST(sectors - told < std::uint64_t{g.heads} * g.sectors_per_track + 2 * 255U);
  }
}

BOOST_AUTO_TEST_CASE(footer_fields) {
  const auto footer = make_vhd_footer(1034 * mib, content()).value();
  const Bytes bytes{footer};
  BOOST_TEST(as_text(bytes.first(8)) == "conectix");
  BOOST_TEST(big_endian(bytes, 8, 4) == 2u);
  BOOST_TEST(big_endian(bytes, 12, 4) == 0x10000u);
  BOOST_TEST(big_endian(bytes, 16, 8) == ~std::uint64_t{0});
  BOOST_TEST(big_endian(bytes, 24, 4) == 0u);
  BOOST_TEST(as_text(bytes.subspan(28, 4)) == "win ");
  BOOST_TEST(big_endian(bytes, 32, 4) == 0xa0000u);
  BOOST_TEST(as_text(bytes.subspan(36, 4)) == "Wi2k");
  BOOST_TEST(big_endian(bytes, 40, 8) == 1034 * mib);
  BOOST_TEST(big_endian(bytes, 48, 8) == 1034 * mib);
  BOOST_TEST(big_endian(bytes, 60, 4) == 2u);
  BOOST_TEST(to_hex(bytes.subspan(85)) == std::string(std::size_t{427} * 2, '0'));
}

BOOST_AUTO_TEST_CASE(checksum_of_known_footer) {
  // Added up by hand: the sum of every byte but the checksum's own, inverted.
  const auto footer = make_vhd_footer(mib, content()).value();
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < footer.size(); ++i)
    sum += i / 4 == 16 ? 0U : std::to_integer<std::uint32_t>(footer.at(i));
  BOOST_TEST(big_endian(footer, 64, 4) == ~sum);
}

BOOST_AUTO_TEST_CASE(unique_id_comes_from_the_content) {
  const auto footer = make_vhd_footer(mib, content()).value();
  const auto again = make_vhd_footer(mib, content()).value();
  const auto other = make_vhd_footer(mib, sha256(as_bytes("other")).value()).value();
  BOOST_TEST((footer == again));
  BOOST_TEST((footer != other));
  BOOST_TEST(((footer[68 + 6] & std::byte{0xf0}) == std::byte{0x80}));
  BOOST_TEST(((footer[68 + 8] & std::byte{0xc0}) == std::byte{0x80}));
}

BOOST_AUTO_TEST_CASE(impossible_sizes_are_unsupported) {
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{512}, mib - 512, mib + 1, vhd_maximum_bytes + 512})
    BOOST_TEST((make_vhd_footer(size, content()).error().code() == Errc::unsupported), size);
  BOOST_TEST(make_vhd_footer(vhd_maximum_bytes, content()).has_value());
}

BOOST_AUTO_TEST_CASE(reads_what_it_writes) {
  const auto footer = make_vhd_footer(37 * mib, content()).value();
  BOOST_TEST(read_vhd_footer(footer).value() == 37 * mib);
}

BOOST_AUTO_TEST_CASE(every_changed_byte_is_refused) {
  const auto footer = make_vhd_footer(37 * mib, content()).value();
  for (std::size_t i = 0; i < footer.size(); ++i) {
    auto changed = footer;
    changed.at(i) ^= std::byte{1};
    BOOST_TEST(!read_vhd_footer(changed), "byte " << i);
  }
  BOOST_TEST(!read_vhd_footer(Bytes{footer}.first(511)));
  BOOST_TEST(!read_vhd_footer({}));
}
