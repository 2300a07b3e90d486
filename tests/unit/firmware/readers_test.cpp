// SPDX-License-Identifier: Apache-2.0
// GUIDed table, SEV and TDX metadata of a firmware file.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "support/hostile_table.hpp"
#include "support/ovmf_builder.hpp"

using namespace asterism;
using namespace asterism::firmware;
using testing::OvmfBuilder;

namespace {

/// Everything that a program may ask of a file, or the first refusal.
Result<> read_all(const std::vector<std::byte>& file) {
  ASTERISM_TRY(const auto ovmf, Ovmf::parse(ByteView{file}));
  ASTERISM_CHECK(ovmf.snp_sections());
  ASTERISM_CHECK(ovmf.tdvf_sections());
  return {};
}

}  // namespace

BOOST_AUTO_TEST_CASE(guid_reads_as_it_is_written) {
  constexpr Guid guid{"96b582de-1fb2-45f7-baea-a366c55a082d"};
  BOOST_TEST(guid.to_string() == "96b582de-1fb2-45f7-baea-a366c55a082d");
  BOOST_TEST(to_hex(guid.bytes) == "de82b596b21ff745baeaa366c55a082d");
}

BOOST_AUTO_TEST_CASE(reads_what_is_there) {
  const auto file = OvmfBuilder::amd_sev().build();
  const auto ovmf = Ovmf::parse(ByteView{file}).value();
  BOOST_TEST(ovmf.gpa() == 0xffffe000u);
  BOOST_TEST(ovmf.table().entries().size() == 5u);
  BOOST_TEST(ovmf.ap_reset_eip().value() == 0x80b004u);
  BOOST_TEST(ovmf.hash_table().value().gpa == 0x810c00u);
  BOOST_TEST(ovmf.hash_table().value().size_bytes == 0x400u);
  BOOST_TEST(ovmf.secret_area().value().gpa == 0x810000u);
  BOOST_TEST(!ovmf.svsm_entry_offset());
  BOOST_TEST((ovmf.snp_sections().value() == OvmfBuilder::amd_sev_sections()));
  const auto tdvf = ovmf.tdvf_sections().value();
  BOOST_REQUIRE(tdvf.size() == 3u);
  BOOST_TEST(tdvf[0].extends);
  BOOST_TEST(tdvf[0].data.origin() == 0x1000u);
  BOOST_TEST((tdvf[1].type == TdvfSectionType::configuration_volume));
  BOOST_TEST(tdvf[2].data.size() == 0u);
  BOOST_TEST(tdvf[2].memory_bytes == 0x2000u);
}

BOOST_AUTO_TEST_CASE(what_is_absent_is_said_so) {
  const std::vector<std::byte> plain(4096);
  const auto ovmf = Ovmf::parse(ByteView{plain}).value();
  BOOST_TEST(ovmf.table().entries().empty());
  BOOST_TEST(!ovmf.ap_reset_eip());
  BOOST_TEST(!ovmf.hash_table());
  BOOST_TEST((ovmf.snp_sections().error().code() == Errc::unsupported));
  BOOST_TEST((ovmf.tdvf_sections().error().code() == Errc::unsupported));
  // Built without a place for kernel hashes: the entry is there, its address is 0.
  const auto none = OvmfBuilder{}.area(Guid{"7255371f-3a3b-4b04-927b-1da6efa8d454"}, 0, 0).build();
  BOOST_TEST(!Ovmf::parse(ByteView{none}).value().hash_table());
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_mapped_is_refused) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{100}, std::size_t{4097}}) {
    const std::vector<std::byte> file(size);
    BOOST_TEST((Ovmf::parse(ByteView{file}).error().code() == Errc::corrupt));
  }
  const std::vector<std::byte> large(Ovmf::file_bytes_max + 4096);
  BOOST_TEST((Ovmf::parse(ByteView{large}).error().code() == Errc::unsupported));
  const std::vector<std::byte> page(8192);
  BOOST_TEST((Ovmf::parse(ByteView{page}, 4096).error().code() == Errc::corrupt));
  BOOST_TEST(Ovmf::parse(ByteView{page}, 0x10000).value().gpa() == 0xe000u);
}

BOOST_AUTO_TEST_CASE(an_svsm_says_where_it_starts) {
  const auto file = OvmfBuilder{}.number(Guid{"a789a612-0597-4c4b-a49f-cbb1fe9d1ddd"}, 0x40).build();
  BOOST_TEST(Ovmf::parse(ByteView{file}).value().svsm_entry_offset().value() == 0x40u);
}

BOOST_AUTO_TEST_CASE(an_entry_of_the_wrong_size_is_refused) {
  for (const std::string_view guid : {"00f771de-1a7e-4fcb-890e-68c77e2fb44e", "7255371f-3a3b-4b04-927b-1da6efa8d454"}) {
    const Guid name = guid.starts_with('0') ? Guid{"00f771de-1a7e-4fcb-890e-68c77e2fb44e"}
                                            : Guid{"7255371f-3a3b-4b04-927b-1da6efa8d454"};
    const auto file = OvmfBuilder{}.entry(name, std::vector<std::byte>(5)).build();
    BOOST_TEST((Ovmf::parse(ByteView{file}).error().code() == Errc::corrupt));
  }
}

BOOST_AUTO_TEST_CASE(many_entries_are_refused) {
  OvmfBuilder builder;
  std::vector<std::byte> file(8192);
  for (int i = 0; i < 65; ++i) {
    Guid guid;
    guid.bytes[0] = static_cast<std::byte>(i + 1);
    builder.entry(guid, {});
  }
  file = builder.build();
  BOOST_TEST((Ovmf::parse(ByteView{file}).error().code() == Errc::unsupported));
}

BOOST_DATA_TEST_CASE(hostile, testing::hostile_table("firmware/readers_hostile.txt"), row) {
  const auto file = row.apply(OvmfBuilder::amd_sev().build());
  const auto read = read_all(file);
  BOOST_REQUIRE_MESSAGE(!read, "accepted");
  BOOST_TEST(to_string(read.error().code()) == row.code, read.error().message());
  BOOST_TEST(read.error().message().contains(row.message), read.error().message());
}
