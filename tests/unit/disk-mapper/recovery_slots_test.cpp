// SPDX-License-Identifier: Apache-2.0
// Recovery keys are added and removed; power is cut at every write of it, and no key that was there before is lost.
#include "disk-mapper/recovery_slots.hpp"

#include <functional>

#include <boost/test/unit_test.hpp>

#include "disk-mapper/open.hpp"
#include "disk-mapper/testing/fake_key_provider.hpp"
#include "disk-mapper/testing/fake_measurer.hpp"
#include "disk-mapper/testing/fake_storage.hpp"

using namespace asterism;
using namespace asterism::disk_mapper;
using disk_mapper::testing::FakeStorage;

namespace {

/// A disk that was made with the recovery key `first`.
struct Fixture {
  disk_mapper::testing::FakeMedium medium;
  disk_mapper::testing::FakeKeyProvider provider;
  SecretBytes first = SecretBytes::random(node_key_bytes).value();
  SecretBytes second = SecretBytes::random(node_key_bytes).value();

  Fixture() {
    BOOST_REQUIRE(boot(nullptr, &first));
    medium.data = "kept";
  }

  Result<OpenReport> boot(const SecretBytes* recovery_key = nullptr, const SecretBytes* fresh = nullptr) {
    FakeStorage storage{medium};
    disk_mapper::testing::FakeMeasurer measurer;
    return open_state_disk(storage, provider, measurer,
                           {.device = "/dev/fake",
                            .mount_point = "/sysroot/var",
                            .recovery_key = recovery_key,
                            .new_recovery_key = fresh});
  }

  Result<> add(const SecretBytes& authority, const SecretBytes& fresh) {
    FakeStorage storage{medium};
    return add_recovery_key(storage, "/dev/fake", authority, fresh);
  }

  Result<> remove(const SecretBytes& unwanted) {
    FakeStorage storage{medium};
    return remove_recovery_key(storage, "/dev/fake", unwanted);
  }

  /// `change` with the power cut before, inside and after each of its writes; `always` are keys that open all along.
  void cut_everywhere(const std::function<Result<>(FakeStorage&)>& change,
                      const std::vector<const SecretBytes*>& always) {
    const auto before = medium;
    std::size_t cuts = 0;
    for (std::size_t number = 0;; ++number) {
      bool was_cut = false;
      for (const std::size_t torn : {0, 1, 5000, 16'383}) {
        medium = before;
        FakeStorage storage{medium};
        storage.cut_at(number, torn);
        static_cast<void>(change(storage));
        if (!storage.is_off()) continue;
        was_cut = true;
        ++cuts;
        for (const SecretBytes* key : always)
          BOOST_TEST(boot(key).has_value(), "cut in write " << number << " after " << torn << " bytes");
        BOOST_TEST(boot().has_value(), "the node's key, cut in write " << number << " after " << torn << " bytes");
        BOOST_TEST(medium.data == "kept");
      }
      if (!was_cut) break;
    }
    BOOST_TEST(cuts >= 8u);
    medium = before;
  }
};

void require_code(const auto& result, Errc code) {
  BOOST_REQUIRE(!result);
  BOOST_TEST((result.error().code() == code), result.error().message());
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_recovery_key_from_creation_opens_when_the_node_key_does_not, Fixture) {
  provider.lock();
  require_code(boot(), Errc::unverified);
  BOOST_TEST(boot(&first).has_value());
  BOOST_TEST(medium.data == "kept");
}

BOOST_FIXTURE_TEST_CASE(an_added_key_opens_and_a_removed_one_does_not, Fixture) {
  const auto before = boot().value();
  BOOST_REQUIRE(add(first, second));
  BOOST_TEST(boot().value().generation == before.generation + 1);
  BOOST_TEST(boot().value().measured != before.measured);
  BOOST_TEST(boot(&first).has_value());
  BOOST_TEST(boot(&second).has_value());
  BOOST_REQUIRE(remove(first));
  require_code(boot(&first), Errc::unverified);
  BOOST_TEST(boot(&second).has_value());
  BOOST_TEST(boot().has_value());
  BOOST_TEST(medium.data == "kept");
}

BOOST_FIXTURE_TEST_CASE(who_may_not, Fixture) {
  require_code(add(second, second), Errc::unverified);
  require_code(remove(second), Errc::unverified);
  require_code(add(first, first), Errc::conflict);
  const auto node_key = provider.load(*provider.recorded()).value();
  require_code(remove(node_key), Errc::conflict);
  BOOST_TEST(add(node_key, second).has_value());
}

BOOST_FIXTURE_TEST_CASE(all_slots_taken, Fixture) {
  for (unsigned number = 2; number < max_key_slots; ++number)
    BOOST_REQUIRE(add(first, SecretBytes::random(node_key_bytes).value()));
  require_code(add(first, second), Errc::conflict);
  BOOST_TEST(boot().has_value());
}

BOOST_FIXTURE_TEST_CASE(a_torn_copy_is_repaired_first, Fixture) {
  medium.front[20'000] ^= std::byte{1};
  BOOST_REQUIRE(add(first, second));
  BOOST_TEST(boot(&second).has_value());
}

BOOST_FIXTURE_TEST_CASE(adding_survives_every_power_cut, Fixture) {
  cut_everywhere([&](FakeStorage& storage) { return add_recovery_key(storage, "/dev/fake", first, second); }, {&first});
}

BOOST_FIXTURE_TEST_CASE(removing_survives_every_power_cut, Fixture) {
  BOOST_REQUIRE(add(first, second));
  cut_everywhere([&](FakeStorage& storage) { return remove_recovery_key(storage, "/dev/fake", second); }, {&first});
}
