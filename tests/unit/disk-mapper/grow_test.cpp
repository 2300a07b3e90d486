// SPDX-License-Identifier: Apache-2.0
#include "disk-mapper/grow.hpp"

#include <vector>

#include <boost/test/unit_test.hpp>

#include "disk-mapper/layout_record.hpp"
#include "disk-mapper/open.hpp"
#include "disk-mapper/testing/fake_key_provider.hpp"
#include "disk-mapper/testing/fake_measurer.hpp"
#include "disk-mapper/testing/fake_storage.hpp"

using namespace asterism;
using namespace asterism::disk_mapper;

namespace {

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;
constexpr const char* where = "/var";

/// A node whose state disk was made, with little initialised.
struct Fixture {
  disk_mapper::testing::FakeMedium medium;
  disk_mapper::testing::FakeKeyProvider provider;
  OpenRequest request{.device = "/dev/fake", .mount_point = where, .initial_bytes = 8 * mebibyte};

  Fixture() { medium.size_bytes = 128 * mebibyte; }

  OpenReport boot(disk_mapper::testing::FakeStorage& storage) {
    disk_mapper::testing::FakeMeasurer measurer;
    return open_state_disk(storage, provider, measurer, request).value();
  }
};

std::uint64_t opened_bytes(const OpenReport& report) {
  return report.available_bytes + reserved_bytes;
}

bool always(std::uint64_t /*written*/) {
  return true;
}

/// As many steps as it takes.
Progress grow_all(NodeStorage& storage, std::uint64_t opened) {
  std::vector<Progress> told;
  const auto report = [&](const Progress& progress) { told.push_back(progress); };
  const auto progress = disk_mapper::grow_all(storage, opened, where, 16 * mebibyte, always, report).value();
  BOOST_REQUIRE(!told.empty());
  BOOST_TEST((told.back() == progress));
  BOOST_TEST(progress.is_complete());
  return progress;
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(grows_to_the_end_and_then_does_nothing, Fixture) {
  disk_mapper::testing::FakeStorage storage{medium};
  const auto report = boot(storage);
  const auto progress = grow_all(storage, opened_bytes(report));
  BOOST_TEST(progress.available_bytes == report.available_bytes);
  BOOST_TEST(storage.mapped_bytes() == report.available_bytes);
  BOOST_TEST(medium.filesystem_bytes == report.available_bytes);
  const auto writes = storage.writes();
  BOOST_TEST((grow_all(storage, opened_bytes(report)) == progress));
  BOOST_TEST(storage.writes() == writes);
  BOOST_TEST((read_progress(storage, opened_bytes(report)).value() == progress));
}

BOOST_FIXTURE_TEST_CASE(stops_between_pieces_when_told, Fixture) {
  disk_mapper::testing::FakeStorage storage{medium};
  const auto report = boot(storage);
  unsigned pieces = 0;
  const auto pace = [&](std::uint64_t) { return ++pieces < 2; };
  const auto progress = grow_step(storage, opened_bytes(report), where, 16 * mebibyte, pace).value();
  BOOST_TEST(progress.initialised_bytes == request.initial_bytes);
  BOOST_TEST(pieces == 2u);
  BOOST_TEST(medium.filesystem_bytes == request.initial_bytes);
}

// The word is given once, as a signal arrives once, and ends all.
BOOST_FIXTURE_TEST_CASE(one_word_stops_the_whole_growth, Fixture) {
  disk_mapper::testing::FakeStorage storage{medium};
  const auto report = boot(storage);
  unsigned pieces = 0;
  const auto pace = [&](std::uint64_t) { return ++pieces != 6; };
  const auto progress =
      disk_mapper::grow_all(storage, opened_bytes(report), where, 16 * mebibyte, pace, [](const Progress&) {}).value();
  BOOST_TEST(pieces == 6u);
  BOOST_TEST(progress.initialised_bytes == request.initial_bytes + 16 * mebibyte);
}

BOOST_FIXTURE_TEST_CASE(refuses_a_device_without_room, Fixture) {
  disk_mapper::testing::FakeStorage storage{medium};
  static_cast<void>(boot(storage));
  const auto progress = read_progress(storage, reserved_bytes);
  BOOST_REQUIRE(!progress);
  BOOST_TEST((progress.error().code() == Errc::corrupt));
}

// Power is cut before, in the middle of and after every write of the whole growth; the next boot goes on, and what a
// user stored is there.
BOOST_FIXTURE_TEST_CASE(growth_survives_a_power_cut_at_every_write, Fixture) {
  std::size_t total = 0;
  {
    disk_mapper::testing::FakeStorage storage{medium};
    const auto report = boot(storage);
    const auto made = storage.writes();
    static_cast<void>(grow_all(storage, opened_bytes(report)));
    total = storage.writes() - made;
  }
  BOOST_TEST(total >= 30u);
  Fixture first;
  {
    disk_mapper::testing::FakeStorage storage{first.medium};
    static_cast<void>(first.boot(storage));
    first.medium.data = "acknowledged";
  }
  for (std::size_t cut = 0; cut < total; ++cut) {
    // In the middle everywhere; before and after at some writes, since after one is before the next.
    for (const std::size_t torn : {std::size_t{5000}, std::size_t{0}, std::size_t{1} << 40}) {
      if (torn != 5000 && cut % 4 != 0) continue;
      auto medium_after = first.medium;
      disk_mapper::testing::FakeStorage storage{medium_after};
      disk_mapper::testing::FakeMeasurer measurer;
      const auto report = open_state_disk(storage, first.provider, measurer, request).value();
      storage.cut_at(cut, torn);
      for (bool on = true; on;) {
        const auto progress = grow_step(storage, opened_bytes(report), where, 16 * mebibyte, always);
        on = progress && !progress->is_complete();
      }
      BOOST_REQUIRE(storage.is_off());

      disk_mapper::testing::FakeStorage again{medium_after};
      const auto second = open_state_disk(again, first.provider, measurer, request).value();
      BOOST_TEST(second.initialised_bytes >= report.initialised_bytes);
      BOOST_TEST(grow_all(again, opened_bytes(second)).is_complete());
      BOOST_TEST(medium_after.filesystem_bytes == second.available_bytes);
      BOOST_TEST(medium_after.data == "acknowledged");
    }
  }
}
