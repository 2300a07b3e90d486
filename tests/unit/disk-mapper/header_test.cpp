// SPDX-License-Identifier: Apache-2.0
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "disk-mapper/header/checker.hpp"
#include "support/hostile_table.hpp"
#include "support/luks_builder.hpp"

using namespace asterism;
using namespace asterism::disk_mapper;

namespace {

constexpr const char* next = R"("generation":"1" => "generation":"2")";

}  // namespace

BOOST_AUTO_TEST_CASE(accepts_a_good_header) {
  const auto header = check_header(testing::edited_metadata("")).value();
  BOOST_TEST(header.current.copy.uuid == testing::good_uuid);
  BOOST_TEST(header.current.metadata.generation == 1u);
  BOOST_TEST(header.current.metadata.slots.size() == 2u);
  BOOST_TEST((header.current.metadata.slots.at(0) == KeySlot{.offset_bytes = 32768, .role = SlotRole::node}));
  BOOST_TEST((header.current.metadata.slots.at(1) == KeySlot{.offset_bytes = 417792, .role = SlotRole::recovery}));
  BOOST_TEST(!header.older);
  BOOST_TEST(!header.needs_repair);
}

BOOST_AUTO_TEST_CASE(what_is_written_reads_back) {
  const auto metadata = testing::edited_metadata("");
  const auto header = check_header(metadata).value();
  BOOST_TEST((write_metadata(header.current).value() == metadata));
}

BOOST_AUTO_TEST_CASE(a_torn_copy_is_replaced_by_the_other) {
  for (const char* torn :
       {"primary: raw 0x10=ff", "secondary: raw 0x10=ff", "primary: raw 0x0=00", "secondary: raw 0x3000=ff"}) {
    const auto header = check_header(testing::edited_metadata(torn)).value();
    BOOST_TEST(header.needs_repair);
    BOOST_TEST(!header.older);
    BOOST_TEST((write_metadata(header.current).value() == testing::edited_metadata("")));
  }
}

BOOST_AUTO_TEST_CASE(the_higher_generation_counts) {
  for (const char* place : {"primary: ", "secondary: "}) {
    const auto header = check_header(testing::edited_metadata(std::string{place} + next)).value();
    BOOST_TEST(header.current.metadata.generation == 2u);
    BOOST_REQUIRE(header.older.has_value());
    BOOST_TEST(header.older->metadata.generation == 1u);
    BOOST_TEST(header.needs_repair);
  }
}

BOOST_DATA_TEST_CASE(hostile, testing::hostile_table("disk-mapper/header_hostile.txt"), row) {
  const auto header = check_header(testing::edited_metadata(row.patches));
  BOOST_REQUIRE_MESSAGE(!header, "accepted");
  BOOST_TEST(to_string(header.error().code()) == row.code, header.error().message());
  BOOST_TEST(header.error().message().contains(row.message), header.error().message());
}

// A fuzzer's find: JSON, and no LUKS2 metadata for libcryptsetup.
BOOST_DATA_TEST_CASE(refuses_white_space_around_the_object,
                     boost::unit_test::data::make({" {json}", "{json} ", "{json}\n", "\t{json}"}), form) {
  std::string json{form};
  json.replace(json.find("{json}"), 6, testing::good_json());
  auto both = testing::make_copy(json, CopyPlace::primary);
  append(both, testing::make_copy(json, CopyPlace::secondary));
  const auto header = check_header(both);
  BOOST_REQUIRE(!header);
  BOOST_TEST((header.error().code() == Errc::unverified), header.error().message());
}

BOOST_AUTO_TEST_CASE(refuses_another_size) {
  const auto header = check_header(std::vector<std::byte>(metadata_bytes - 1));
  BOOST_REQUIRE(!header);
  BOOST_TEST((header.error().code() == Errc::corrupt));
}

BOOST_AUTO_TEST_CASE(refuses_to_write_what_does_not_fit) {
  const HeaderCopy copy{
      .sequence = 1, .uuid = testing::good_uuid, .salt = {}, .json = std::string(json_area_bytes, ' ')};
  const auto written = write_copy(copy, CopyPlace::primary);
  BOOST_REQUIRE(!written);
  BOOST_TEST((written.error().code() == Errc::internal));
}
