// SPDX-License-Identifier: Apache-2.0
#include "firmware/igvm.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "support/hostile_table.hpp"
#include "support/igvm_builder.hpp"

using namespace asterism;
using namespace asterism::firmware;
using testing::IgvmBuilder;

BOOST_AUTO_TEST_CASE(reads_what_is_there) {
  for (const std::uint32_t version : {1U, 2U}) {
    const auto file = IgvmBuilder::example(version).build();
    const auto igvm = IgvmFile::parse(ByteView{file}).value();
    BOOST_TEST(igvm.platforms().size() == 2u);
    BOOST_TEST(igvm.mask_of(IgvmPlatformType::sev_snp).value() == 1u);
    BOOST_TEST(igvm.mask_of(IgvmPlatformType::sev).value() == 2u);
    BOOST_TEST(!igvm.mask_of(IgvmPlatformType::tdx));
    const auto& steps = igvm.directives();
    BOOST_REQUIRE(steps.size() == 5u);
    BOOST_TEST((steps[0].content == IgvmContent::normal && steps[0].data.size() == 4096));
    BOOST_TEST((steps[1].content == IgvmContent::cpuid && steps[1].data.empty()));
    BOOST_TEST((steps[2].unmeasured && steps[2].size_bytes == 0x200000));
    BOOST_TEST((steps[3].content == IgvmContent::parameters && steps[3].size_bytes == 0x2000));
    BOOST_TEST((steps[4].content == IgvmContent::processor_context && steps[4].gpa == 0xfffffffff000));
    BOOST_REQUIRE(igvm.id_blocks().size() == 1u);
    BOOST_TEST(as_text(igvm.id_blocks()[0].launch_digest) == std::string(48, 'd'));
  }
}

BOOST_DATA_TEST_CASE(hostile, testing::hostile_table("firmware/igvm_hostile.txt"), row) {
  auto file = row.apply(IgvmBuilder::example(2).build());
  // Rows about the headers' content need a checksum that fits again; rows about size and checksum must not get one.
  if (!row.label.starts_with("raw ")) IgvmBuilder::repair(file);
  const auto igvm = IgvmFile::parse(ByteView{file});
  BOOST_REQUIRE_MESSAGE(!igvm, "accepted");
  BOOST_TEST(to_string(igvm.error().code()) == row.code, igvm.error().message());
  BOOST_TEST(igvm.error().message().contains(row.message), igvm.error().message());
}

BOOST_AUTO_TEST_CASE(every_cut_is_refused) {
  const auto whole = IgvmBuilder::example(2).build();
  for (std::size_t size = 0; size < 0x200; ++size) {
    std::vector<std::byte> cut{whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)};
    if (size >= 20) IgvmBuilder::repair(cut);
    BOOST_TEST(!IgvmFile::parse(ByteView{cut}), size);
  }
}

BOOST_AUTO_TEST_CASE(more_memory_than_a_guest_starts_with_is_refused) {
  IgvmBuilder builder{1};
  builder.platform(1, 2);
  for (std::uint64_t i = 0; i < 2049; ++i)
    builder.page(i * 0x200000, {}, 1, 1, 0);
  const auto file = builder.build();
  BOOST_TEST((IgvmFile::parse(ByteView{file}).error().code() == Errc::unsupported));
}
