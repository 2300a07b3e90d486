// SPDX-License-Identifier: Apache-2.0
#include "efi/gpt.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "support/gpt_builder.hpp"
#include "support/hostile_table.hpp"

using namespace asterism;

BOOST_AUTO_TEST_CASE(reads_both_sector_sizes) {
  for (const std::size_t sector : {512u, 4096u}) {
    const auto disk = testing::make_disk(as_bytes("content"), sector);
    const auto partitions = efi::read_gpt(ByteView{disk}).value();
    BOOST_REQUIRE(partitions.size() == 1u);
    BOOST_TEST((partitions[0].type == efi::esp_partition_type));
    BOOST_TEST(partitions[0].offset == 8 * sector);
    BOOST_TEST(partitions[0].size == sector);
    BOOST_TEST(partitions[0].label == "esp");
  }
}

BOOST_DATA_TEST_CASE(hostile, testing::hostile_table("efi/gpt_hostile.txt"), row) {
  auto disk = row.apply(testing::make_disk(as_bytes("x")));
  if (!row.label.starts_with("crc") && disk.size() > 0x600) testing::seal_gpt(disk);
  const auto partitions = efi::read_gpt(ByteView{disk});
  BOOST_REQUIRE_MESSAGE(!partitions, "accepted");
  BOOST_TEST(to_string(partitions.error().code()) == row.code, partitions.error().message());
  BOOST_TEST(partitions.error().message().contains(row.message), partitions.error().message());
}
