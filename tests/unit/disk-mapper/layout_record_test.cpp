// SPDX-License-Identifier: Apache-2.0
#include "disk-mapper/layout_record.hpp"

#include <boost/test/unit_test.hpp>

using namespace asterism;
using namespace asterism::disk_mapper;

namespace {

std::vector<std::byte> both(const LayoutRecord& first, const LayoutRecord& second) {
  auto bytes = write_record(first).value();
  append(bytes, write_record(second).value());
  return bytes;
}

constexpr std::uint64_t available = 1 << 30;

}  // namespace

BOOST_AUTO_TEST_CASE(the_newer_record_counts) {
  const LayoutRecord old{.sequence = 4, .initialised_bytes = 4096}, next{.sequence = 5, .initialised_bytes = 8192};
  BOOST_TEST((read_records(both(old, next), available).value() == next));
  BOOST_TEST((read_records(both(next, old), available).value() == next));
  BOOST_TEST(record_offset(old) != record_offset(next));
}

BOOST_AUTO_TEST_CASE(one_record_is_enough) {
  const LayoutRecord record{.sequence = 1, .initialised_bytes = 4096};
  auto bytes = std::vector<std::byte>(record_bytes);
  append(bytes, write_record(record).value());
  BOOST_TEST((read_records(bytes, available).value() == record));
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_record) {
  const LayoutRecord good{.sequence = 1, .initialised_bytes = 4096};
  auto changed = both(good, good);
  changed[24] ^= std::byte{1};
  changed[record_bytes + 24] ^= std::byte{1};
  for (const auto& bytes : {std::vector<std::byte>(records_bytes), std::vector<std::byte>(records_bytes - 1), changed,
                            both(good, {.sequence = 2, .initialised_bytes = available + 4096}),
                            both(good, {.sequence = 2, .initialised_bytes = 4097})}) {
    const auto record = read_records(bytes, available);
    BOOST_REQUIRE(!record);
    BOOST_TEST((record.error().code() == Errc::corrupt));
  }
}
