// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/stub_initrd.hpp"

#include <boost/test/unit_test.hpp>

using namespace asterism;
using namespace asterism::measured_boot;

namespace {

std::string flatten(const Stream& stream) {
  std::string out;
  for (const Segment& segment : stream) {
    out += as_text(segment.data);
    out.append(static_cast<std::size_t>(segment.zeros_after), '\0');
  }
  return out;
}

UkiSection section(std::string_view name, std::string_view content) {
  return {.name = name, .measured = true, .content = {.data = as_bytes(content)}};
}

std::string archive(std::string_view file, std::string_view content) {
  return std::string{as_text(make_extra_archive(file, {.data = as_bytes(content)}))};
}

const StubModel& model(unsigned version) {
  return *find_stub_model(version).value();
}

}  // namespace

// Every byte as systemd 257's pack_cpio_literal() writes it for a 5-byte os-release.
BOOST_AUTO_TEST_CASE(an_archive_byte_for_byte) {
  using namespace std::string_literals;
  const std::string wanted =
      "070701"
      "00000001"
      "0000416d"
      "00000000"
      "00000000"
      "00000001"
      "00000000"
      "00000000"
      "00000000"
      "00000000"
      "00000000"
      "00000000"
      "00000007"
      "00000000"
      ".extra\0\0\0\0"s
      "070701"
      "00000002"
      "00008124"
      "00000000"
      "00000000"
      "00000001"
      "00000000"
      "00000005"
      "00000000"
      "00000000"
      "00000000"
      "00000000"
      "00000012"
      "00000000"
      ".extra/os-release\0"s
      "ID=x\n\0\0\0"s
      "070701"
      "00000000"
      "00000000"
      "00000000"
      "00000000"
      "00000001"
      "00000000"
      "00000000"
      "00000000"
      "00000000"
      "00000000"
      "00000000"
      "0000000B"
      "00000000"
      "TRAILER!!!\0\0\0\0"s;
  BOOST_TEST(archive("os-release", "ID=x\n") == wanted);
}

BOOST_AUTO_TEST_CASE(archives_are_multiples_of_four_and_zero_fill_counts) {
  for (std::size_t size = 0; size < 9; ++size) {
    const std::string content(size, 'x');
    BOOST_TEST(archive("profile", content).size() % 4 == 0);
    const Segment zeros{.data = as_bytes(content), .zeros_after = 3};
    BOOST_TEST(as_text(make_extra_archive("profile", zeros)) == archive("profile", content + std::string(3, '\0')));
  }
}

BOOST_AUTO_TEST_CASE(a_single_initrd_is_passed_unpadded) {
  const std::vector<UkiSection> sections{section(".initrd", "abcde")};
  BOOST_TEST(flatten(assemble_initrd(model(257), sections)) == "abcde");
  BOOST_TEST(assemble_initrd(model(257), {}).empty());
}

BOOST_AUTO_TEST_CASE(pieces_are_padded_to_four_bytes) {
  using namespace std::string_literals;
  const std::vector<UkiSection> sections{section(".osrel", "o"), section(".initrd", "abcde"), section(".ucode", "u")};
  BOOST_TEST(flatten(assemble_initrd(model(257), sections)) == "u\0\0\0abcde\0\0\0"s + archive("os-release", "o"));
}

BOOST_AUTO_TEST_CASE(the_last_piece_is_padded_too) {
  using namespace std::string_literals;
  const std::vector<UkiSection> sections{section(".initrd", "abcde"), section(".ucode", "u")};
  BOOST_TEST(flatten(assemble_initrd(model(257), sections)) == "u\0\0\0abcde\0\0\0"s);
}

BOOST_AUTO_TEST_CASE(the_order_of_extra_files_is_fixed) {
  const std::vector<UkiSection> sections{section(".osrel", "o"), section(".initrd", "abcd"), section(".pcrsig", "s"),
                                         section(".pcrpkey", "k"), section(".profile", "p")};
  BOOST_TEST(flatten(assemble_initrd(model(257), sections)) ==
             "abcd" + archive("tpm2-pcr-signature.json", "s") + archive("tpm2-pcr-public-key.pem", "k") +
                 archive("os-release", "o") + archive("profile", "p"));
}

BOOST_AUTO_TEST_CASE(before_257_os_release_stays_out) {
  const std::vector<UkiSection> sections{section(".osrel", "o"), section(".initrd", "abcd"), section(".pcrpkey", "k")};
  BOOST_TEST(flatten(assemble_initrd(model(256), sections)) == "abcd" + archive("tpm2-pcr-public-key.pem", "k"));
}

BOOST_AUTO_TEST_CASE(the_first_segment_is_the_section_itself) {
  const std::string initrd = "abcde";
  const std::vector<UkiSection> sections{section(".osrel", "o"), section(".initrd", initrd)};
  const Stream stream = assemble_initrd(model(257), sections);
  BOOST_TEST(stream.front().data.data() == as_bytes(initrd).data());
  BOOST_TEST(stream.front().zeros_after == 0u);
}
