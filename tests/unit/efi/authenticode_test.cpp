// SPDX-License-Identifier: Apache-2.0
#include "efi/authenticode.hpp"

#include <boost/test/unit_test.hpp>

#include "support/pe_builder.hpp"

using namespace asterism;
using testing::PeBuilder;

namespace {

Digest digest_of(const std::vector<std::byte>& file) {
  const auto image = efi::PeImage::parse(ByteView{file}).value();
  return efi::authenticode_digest(image, HashAlgorithm::sha256).value();
}

Digest expected(const std::vector<std::byte>& file, std::initializer_list<std::pair<std::size_t, std::size_t>> ranges) {
  Hasher hasher{HashAlgorithm::sha256};
  for (const auto& [from, to] : ranges)
    hasher.update(Bytes{file}.subspan(from, to - from));
  return hasher.finish().value();
}

PeBuilder two_sections() {
  return PeBuilder{}.section(".one", std::string(0x300, 'A')).section(".two", "B");
}

}  // namespace

BOOST_AUTO_TEST_CASE(skips_checksum_and_certificate_entry) {
  const auto file = two_sections().build();
  BOOST_TEST((digest_of(file) == expected(file, {{0, 0x98}, {0x9c, 0xe8}, {0xf0, file.size()}})));
}

BOOST_AUTO_TEST_CASE(a_signature_does_not_change_the_digest) {
  const auto plain = two_sections().build();
  auto with_signature = two_sections().certificates(std::string(24, 'c')).build();
  BOOST_TEST((digest_of(plain) == digest_of(with_signature)));
  with_signature[0x98] = std::byte{0xee};  // signing tools write a new checksum
  BOOST_TEST((digest_of(plain) == digest_of(with_signature)));
  with_signature[0x9c] = std::byte{11};
  BOOST_TEST((digest_of(plain) != digest_of(with_signature)));
}

BOOST_AUTO_TEST_CASE(trailing_data_counts_signed_or_not_and_is_not_padded) {
  const auto plain = two_sections().trailing("odd").build();
  BOOST_TEST((digest_of(plain) == expected(plain, {{0, 0x98}, {0x9c, 0xe8}, {0xf0, plain.size()}})));
  const auto with_signature = two_sections().trailing("odd").certificates(std::string(16, 'c')).build();
  BOOST_TEST((digest_of(with_signature) == digest_of(plain)));
}

BOOST_AUTO_TEST_CASE(without_a_certificate_entry_nothing_is_skipped_there) {
  auto file = two_sections().build();
  file[0xc4] = std::byte{4};            // NumberOfRvaAndSizes
  file[0x54] = std::byte{112 + 4 * 8};  // SizeOfOptionalHeader
  std::ranges::copy(std::vector<std::byte>{file.begin() + 0x148, file.begin() + 0x198}, file.begin() + 0xe8);
  BOOST_TEST((digest_of(file) == expected(file, {{0, 0x98}, {0x9c, file.size()}})));
}

BOOST_AUTO_TEST_CASE(sections_are_hashed_by_file_offset) {
  auto file = two_sections().build();
  const auto before = digest_of(file);
  // Swap the two table entries: only the headers' bytes change places, the order of the data stays.
  std::swap_ranges(file.begin() + 0x148, file.begin() + 0x170, file.begin() + 0x170);
  BOOST_TEST((digest_of(file) == expected(file, {{0, 0x98}, {0x9c, 0xe8}, {0xf0, file.size()}})));
  BOOST_TEST((digest_of(file) != before));
}

// The firmware finds trailing data by the sum of what it hashed: bytes in a gap are skipped, and as many of the last
// section's bytes are hashed twice. Prediction must do the same.
BOOST_AUTO_TEST_CASE(a_gap_between_sections_shifts_the_tail) {
  auto file = two_sections().build();  // .one at 0x400 with 0x400 bytes, .two at 0x800 with 0x200
  file[0x158] = std::byte{0};
  file[0x159] = std::byte{0x02};  // .one now has 0x200 bytes: gap from 0x600 to 0x800
  BOOST_TEST(
      (digest_of(file) ==
       expected(file, {{0, 0x98}, {0x9c, 0xe8}, {0xf0, 0x400}, {0x400, 0x600}, {0x800, 0xa00}, {0x800, 0xa00}})));
}

BOOST_AUTO_TEST_CASE(both_algorithms) {
  const auto file = two_sections().build();
  const auto image = efi::PeImage::parse(ByteView{file}).value();
  BOOST_TEST(efi::authenticode_digest(image, HashAlgorithm::sha384).value().bytes().size() == 48u);
}
