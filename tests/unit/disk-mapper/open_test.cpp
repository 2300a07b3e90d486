// SPDX-License-Identifier: Apache-2.0
#include "disk-mapper/open.hpp"

#include <boost/test/unit_test.hpp>

#include "disk-mapper/header/copy.hpp"
#include "disk-mapper/testing/fake_key_provider.hpp"
#include "disk-mapper/testing/fake_measurer.hpp"
#include "disk-mapper/testing/fake_storage.hpp"

using namespace asterism;
using namespace asterism::disk_mapper;

namespace {

struct Fixture {
  disk_mapper::testing::FakeMedium medium;
  disk_mapper::testing::FakeKeyProvider provider;
  OpenRequest request{.device = "/dev/fake", .mount_point = "/sysroot/var"};

  Result<OpenReport> boot(disk_mapper::testing::FakeStorage& storage) {
    disk_mapper::testing::FakeMeasurer measurer;
    auto report = open_state_disk(storage, provider, measurer, request);
    BOOST_TEST(storage.is_active() == report.has_value());
    if (report) {
      BOOST_TEST(measurer.events() == std::vector{report->measured});
      BOOST_TEST(storage.mounted() == request.mount_point);
    }
    return report;
  }

  Result<OpenReport> boot() {
    disk_mapper::testing::FakeStorage storage{medium};
    return boot(storage);
  }
};

std::string why(const Result<OpenReport>& report) {
  return report ? "" : report.error().message();
}

void require_error(const Result<OpenReport>& report, Errc code, std::string_view text) {
  BOOST_REQUIRE(!report);
  BOOST_TEST((report.error().code() == code), report.error().message());
  BOOST_TEST(report.error().message().contains(text), report.error().message());
  BOOST_TEST(report.error().message().contains("/dev/fake"));
  BOOST_TEST(!report.error().advice().empty());
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(first_boot_makes_and_second_opens, Fixture) {
  const auto first = boot().value();
  BOOST_TEST((first.action == Action::create));
  BOOST_TEST(first.initialised_bytes == request.initial_bytes);
  BOOST_TEST(medium.filesystem.value() == first.uuid);
  medium.data = "kept";

  const auto second = boot().value();
  BOOST_TEST((second.action == Action::open));
  BOOST_TEST(second.uuid == first.uuid);
  BOOST_TEST(second.measured == first.measured);
  BOOST_TEST(medium.data == "kept");
}

BOOST_FIXTURE_TEST_CASE(no_record_and_something_on_the_disk, Fixture) {
  for (const std::size_t at : {std::size_t{0}, std::size_t{header_bytes - 1}}) {
    medium.front[at] = std::byte{1};
    require_error(boot(), Errc::conflict, "not empty");
    medium.front[at] = std::byte{0};
  }
}

BOOST_FIXTURE_TEST_CASE(a_lost_record_does_not_reformat, Fixture) {
  BOOST_REQUIRE(boot());
  medium.data = "kept";
  provider.forget();
  require_error(boot(), Errc::conflict, "no record");
  BOOST_TEST(medium.data == "kept");
}

BOOST_FIXTURE_TEST_CASE(a_wiped_disk_is_not_made_anew, Fixture) {
  BOOST_REQUIRE(boot());
  std::ranges::fill(medium.front, std::byte{0});
  require_error(boot(), Errc::corrupt, "no LUKS2 header");
  BOOST_TEST(medium.filesystem.has_value());
}

BOOST_FIXTURE_TEST_CASE(another_nodes_disk_is_refused, Fixture) {
  BOOST_REQUIRE(boot());
  Fixture other;
  BOOST_REQUIRE(other.boot());
  std::swap(medium, other.medium);
  require_error(boot(), Errc::unverified, "opens no key slot");
}

// Whoever can have keys sealed for this node can make a disk that they open: it has another volume key.
BOOST_FIXTURE_TEST_CASE(another_disk_that_the_nodes_provider_opens_is_refused, Fixture) {
  BOOST_REQUIRE(boot());
  const auto first = medium;
  medium = {};
  provider.forget();
  BOOST_REQUIRE(boot());
  medium = first;
  require_error(boot(), Errc::unverified, "not the disk that this node made");
}

BOOST_FIXTURE_TEST_CASE(a_disk_that_says_it_is_being_prepared_is_not_made_anew, Fixture) {
  BOOST_REQUIRE(boot());
  medium.data = "kept";
  std::ranges::copy(preparation_claim(), medium.front.begin());
  const auto again = boot().value();  // the secondary header is still there, and counts
  BOOST_TEST((again.action == Action::open));
  std::ranges::fill(medium.front, std::byte{0});
  std::ranges::copy(preparation_claim(), medium.front.begin());
  require_error(boot(), Errc::corrupt, "no LUKS2 header");
  BOOST_TEST(medium.data == "kept");
}

BOOST_FIXTURE_TEST_CASE(a_changed_header_is_refused_before_anything_is_active, Fixture) {
  BOOST_REQUIRE(boot());
  medium.front[40'000] ^= std::byte{1};
  require_error(boot(), Errc::unverified, "");
}

// The kernel would lay a fresh one, and what stood in the journal would be gone.
BOOST_FIXTURE_TEST_CASE(a_wiped_superblock_of_dm_integrity_is_refused, Fixture) {
  BOOST_REQUIRE(boot());
  medium.integrity_bytes = 0;
  require_error(boot(), Errc::corrupt, "no integrity superblock");
  BOOST_TEST(medium.integrity_bytes == 0u);
}

BOOST_FIXTURE_TEST_CASE(a_header_swapped_after_the_read_changes_nothing, Fixture) {
  const auto first = boot().value();
  disk_mapper::testing::FakeStorage storage{medium};
  storage.swap_after_read(metadata_bytes, key_slot_area_bytes,
                          std::vector<std::byte>(medium.front.size(), std::byte{0xff}));
  const auto second = boot(storage).value();
  BOOST_TEST(second.measured == first.measured);
}

BOOST_FIXTURE_TEST_CASE(key_slots_swapped_after_the_metadata_was_read_are_refused, Fixture) {
  BOOST_REQUIRE(boot());
  auto other = medium.front;
  other[metadata_bytes + 1000] ^= std::byte{1};
  disk_mapper::testing::FakeStorage storage{medium};
  storage.swap_after_read(0, metadata_bytes, std::move(other));
  require_error(boot(storage), Errc::unverified, "");
  BOOST_TEST(!storage.is_active());
}

BOOST_FIXTURE_TEST_CASE(a_locked_key_stops_and_a_recovery_key_is_no_help_without_a_slot, Fixture) {
  BOOST_REQUIRE(boot());
  provider.lock();
  require_error(boot(), Errc::unverified, "key provider fake");
  const auto recovery = SecretBytes::random(32).value();
  request.recovery_key = &recovery;
  require_error(boot(), Errc::unverified, "opens no key slot");
}

BOOST_FIXTURE_TEST_CASE(provider_failures_never_count_as_nothing_recorded, Fixture) {
  provider.fail_after(0, Error{Errc::unavailable, "TPM away"});
  require_error(boot(), Errc::unavailable, "TPM away");
  BOOST_TEST(!provider.recorded());
}

BOOST_FIXTURE_TEST_CASE(a_small_disk_is_refused, Fixture) {
  medium.size_bytes = 32 << 20;
  require_error(boot(), Errc::unsupported, "needs");
}

BOOST_FIXTURE_TEST_CASE(a_grown_disk_has_more_room, Fixture) {
  const auto before = boot().value();
  medium.size_bytes *= 2;
  const auto after = boot().value();
  BOOST_TEST(after.available_bytes > before.available_bytes + (std::uint64_t{3} << 30));
  BOOST_TEST(after.initialised_bytes == before.initialised_bytes);
}

// Power is cut before and in the middle of every write of the first boot, and the node boots again.
BOOST_FIXTURE_TEST_CASE(first_boot_survives_a_power_cut_at_every_write, Fixture) {
  std::size_t cuts = 0;
  for (std::size_t number = 0;; ++number) {
    bool went_through = false;
    for (const std::size_t torn : {std::size_t{0}, std::size_t{4096}}) {
      Fixture node;
      disk_mapper::testing::FakeStorage storage{node.medium};
      storage.cut_at(number, torn);
      const auto first = node.boot(storage);
      went_through = first.has_value();
      if (went_through) break;
      ++cuts;
      const bool was_recorded = node.provider.recorded().has_value();
      const auto second = node.boot();
      BOOST_REQUIRE_MESSAGE(second, "cut in write " << number << " after " << torn << " bytes: " << why(second));
      BOOST_TEST((second->action == (was_recorded ? Action::open : Action::create)));
      if (torn == 0) BOOST_REQUIRE(node.boot());
    }
    if (went_through) break;
  }
  BOOST_TEST_MESSAGE(cuts << " power cuts");
  BOOST_TEST(cuts >= 14u);
}

// The provider fails between the steps: what was recorded decides.
BOOST_FIXTURE_TEST_CASE(first_boot_survives_a_failing_provider, Fixture) {
  for (std::size_t calls = 0; calls < 3; ++calls) {
    Fixture node;
    node.provider.fail_after(calls, Error{Errc::unavailable, "TPM away"});
    BOOST_TEST(!node.boot().has_value());
    BOOST_TEST(node.boot().has_value());
  }
}
