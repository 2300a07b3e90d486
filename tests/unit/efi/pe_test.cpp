// SPDX-License-Identifier: Apache-2.0
#include "efi/pe.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "efi/pe_certificates.hpp"
#include "support/hostile_table.hpp"
#include "support/pe_builder.hpp"

using namespace asterism;
using testing::PeBuilder;

namespace {

std::vector<std::byte> base() {
  return PeBuilder{}
      .section(".one", std::string(0x300, 'A'))
      .section(".two", std::string(0x10, 'B'))
      .trailing("trail")
      .certificates(std::string("\x10\0\0\0\0\2\2\0", 8) + "pkcs7...")
      .build();
}

}  // namespace

BOOST_AUTO_TEST_CASE(reads_what_is_there) {
  const auto file = base();
  BOOST_REQUIRE(file.size() == 0xa15u);
  const auto image = efi::PeImage::parse(ByteView{file}).value();
  BOOST_TEST(image.sections().size() == 2u);
  BOOST_TEST(image.sections()[0].name == ".one");
  BOOST_TEST(image.sections()[0].virtual_size == 0x300u);
  BOOST_TEST(image.sections()[0].raw_size == 0x400u);
  BOOST_TEST(image.loaded_bytes(image.sections()[0]).size() == 0x300u);
  BOOST_TEST(as_text(image.loaded_bytes(image.sections()[1])) == std::string(0x10, 'B'));
  BOOST_TEST(image.machine() == 0x8664);
  BOOST_TEST(image.subsystem() == 10);
  BOOST_TEST(image.checksum_offset() == 0x98u);
  BOOST_TEST(image.certificate_entry_offset() == 0xe8u);
  BOOST_TEST(image.certificates().offset == 0xa05u);
}

BOOST_AUTO_TEST_CASE(memory_beyond_the_data_is_zero_fill) {
  const auto file = PeBuilder{}.section(".bss", "xy", 0x1234).section(".none", "", 0x10).build();
  const auto image = efi::PeImage::parse(ByteView{file}).value();
  // The file holds a whole 0x200 block; the firmware copies that much and clears the rest.
  BOOST_TEST(image.loaded_bytes(image.sections()[0]).size() == 0x200u);
  BOOST_TEST(image.loaded_bytes(image.sections()[1]).empty());
}

BOOST_AUTO_TEST_CASE(names_may_fill_all_eight_bytes) {
  const auto file = PeBuilder{}.section(".sdmagic", "x").build();
  BOOST_TEST(efi::PeImage::parse(ByteView{file}).value().sections()[0].name == ".sdmagic");
}

BOOST_AUTO_TEST_CASE(signatures_are_listed) {
  const auto file = base();
  const auto image = efi::PeImage::parse(ByteView{file}).value();
  const auto signatures = efi::pe_signatures(image).value();
  BOOST_REQUIRE(signatures.size() == 1u);
  BOOST_TEST(as_text(signatures[0]) == "pkcs7...");
  const auto unsigned_file = PeBuilder{}.section(".one", "x").build();
  const auto unsigned_image = efi::PeImage::parse(ByteView{unsigned_file}).value();
  BOOST_TEST(efi::pe_signatures(unsigned_image).value().empty());
}

BOOST_AUTO_TEST_CASE(certificates_that_do_not_fit_their_table_are_refused) {
  for (const std::string& table : {std::string("\x08\0\0\0\0\2\2\0", 8), std::string("\0\0\0\0\0\2\2\0", 8),
                                   std::string("\xff\0\0\0\0\2\2\0", 8), std::string("\x10\0\0", 3)}) {
    const auto file = PeBuilder{}.section(".one", "x").certificates(table).build();
    const auto image = efi::PeImage::parse(ByteView{file}).value();
    BOOST_TEST((efi::pe_signatures(image).error().code() == Errc::corrupt));
  }
}

BOOST_DATA_TEST_CASE(hostile, testing::hostile_table("efi/pe_hostile.txt"), row) {
  const auto file = row.apply(base());
  const auto image = efi::PeImage::parse(ByteView{file});
  BOOST_REQUIRE_MESSAGE(!image, "accepted");
  BOOST_TEST(to_string(image.error().code()) == row.code, image.error().message());
  BOOST_TEST(image.error().message().contains(row.message), image.error().message());
}

BOOST_AUTO_TEST_CASE(every_cut_is_refused_or_reads_inside) {
  const auto whole = base();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::vector<std::byte> cut{whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)};
    BOOST_TEST(!efi::PeImage::parse(ByteView{cut}), size);
  }
}
