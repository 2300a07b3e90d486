// SPDX-License-Identifier: Apache-2.0
// Firmware volumes, their files and sections, and what OVMF packs in them.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "firmware/ovmf_volumes.hpp"
#include "support/hostile_table.hpp"
#include "support/volume_builder.hpp"

using namespace asterism;
using namespace asterism::firmware;
using testing::section;
using testing::VolumeBuilder;

namespace {

constexpr Guid first{"11111111-1111-1111-1111-111111111111"};
constexpr Guid second{"22222222-2222-2222-2222-222222222222"};
constexpr std::size_t volume_bytes = 0x1000;

/// Two sections in one file, padding, and a large file.
std::vector<std::byte> sample() {
  auto sections = section(0x19, as_bytes("raw"));
  append(sections, section(section_type_pe, as_bytes("code")));
  return VolumeBuilder{}
      .file(first, 0x06, sections)
      .file(second, 0xF0, as_bytes("padding"))
      .large_file(second, 0x01, as_bytes("large"))
      .build(volume_bytes);
}

Result<> read_all(const std::vector<std::byte>& file) {
  ASTERISM_TRY(const auto volumes, find_volumes(ByteView{file}));
  for (const ByteView& volume : volumes) {
    ASTERISM_TRY(const auto files, read_volume(volume));
    for (const VolumeFile& each : files) {
      if (each.type == 0x06) ASTERISM_CHECK(read_sections(each.content));
    }
  }
  return {};
}

}  // namespace

BOOST_AUTO_TEST_CASE(reads_files_and_sections) {
  const auto bytes = sample();
  const auto files = read_volume(ByteView{bytes}).value();
  BOOST_REQUIRE(files.size() == 2u);
  BOOST_TEST((files[0].name == first));
  BOOST_TEST(as_text(files[1].content.bytes()) == "large");
  const auto sections = read_sections(files[0].content).value();
  BOOST_REQUIRE(sections.size() == 2u);
  BOOST_TEST(int{sections[1].type} == int{section_type_pe});
  BOOST_TEST(as_text(sections[1].content.bytes()) == "code");
}

BOOST_AUTO_TEST_CASE(finds_volumes_between_other_pages) {
  std::vector<std::byte> file(0x1000);
  append(file, sample());
  file.resize(0x4000);
  append(file, sample());
  const auto volumes = find_volumes(ByteView{file}).value();
  BOOST_REQUIRE(volumes.size() == 2u);
  BOOST_TEST(volumes[1].origin() == 0x4000u);
  BOOST_TEST(find_volumes(ByteView{Bytes{file}.first(0x1000)}).value().empty());
  for (int i = 0; i < 16; ++i)
    append(file, sample());
  BOOST_TEST((find_volumes(ByteView{file}).error().code() == Errc::unsupported));
}

BOOST_AUTO_TEST_CASE(numbers_of_files_and_sections_have_limits) {
  VolumeBuilder many;
  for (int i = 0; i < 1025; ++i)
    many.file(first, 0x01, {});
  BOOST_TEST((read_volume(ByteView{many.build(0x10000)}).error().code() == Errc::unsupported));
  std::vector<std::byte> sections;
  for (int i = 0; i < 257; ++i)
    append(sections, section(0x19, {}));
  BOOST_TEST((read_sections(ByteView{sections}).error().code() == Errc::unsupported));
}

BOOST_DATA_TEST_CASE(hostile, testing::hostile_table("firmware/volume_hostile.txt"), row) {
  const auto read = read_all(row.apply(sample()));
  BOOST_REQUIRE_MESSAGE(!read, "accepted");
  BOOST_TEST(to_string(read.error().code()) == row.code, read.error().message());
  BOOST_TEST(read.error().message().contains(row.message), read.error().message());
}

// What is packed is in tests/interop/launch/firmware_code.py: there is liblzma to pack with.
BOOST_AUTO_TEST_CASE(a_file_that_packs_nothing_is_no_ovmf) {
  BOOST_TEST((OvmfVolumes::unpack(ByteView{sample()}).error().code() == Errc::unsupported));
  BOOST_TEST((OvmfVolumes::unpack(ByteView{}).error().code() == Errc::unsupported));
}
