// SPDX-License-Identifier: Apache-2.0
// Keys are added, removed and renewed; power is cut at every write of it, and no key that was there before is lost.
#include <array>
#include <functional>

#include "disk_with_recovery_key.hpp"

using namespace asterism;
using namespace asterism::disk_mapper;
using disk_mapper::testing::FakeStorage;

namespace {

struct Fixture : disk_mapper::testing::DiskWithRecoveryKey {
  /// `change` with the power cut before, inside and after each of its writes; `always` are keys that open all along.
  void cut_everywhere(const std::function<Result<>(FakeStorage&)>& change,
                      const std::vector<const SecretBytes*>& always) {
    // A tear at each place in each kind of write takes unit.disk-mapper.update a fraction of the time.
    constexpr std::array<std::size_t, 3> tears{5000, 1, 16'383};
    const auto before = medium;
    std::size_t cuts = 0;
    for (std::size_t number = 0;; ++number) {
      bool was_cut = false;
      for (const std::size_t torn : {std::size_t{0}, tears.at(number % tears.size())}) {
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
    BOOST_TEST(cuts >= 6u);
    medium = before;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(adding_survives_every_power_cut, Fixture) {
  cut_everywhere([&](FakeStorage& storage) { return add_recovery_key(storage, "/dev/fake", first, second); }, {&first});
}

BOOST_FIXTURE_TEST_CASE(removing_survives_every_power_cut, Fixture) {
  BOOST_REQUIRE(add(first, second));
  cut_everywhere([&](FakeStorage& storage) { return remove_recovery_key(storage, "/dev/fake", second); }, {&first});
}

BOOST_FIXTURE_TEST_CASE(renewing_survives_every_power_cut, Fixture) {
  cut_everywhere(
      [&](FakeStorage& storage) -> Result<> {
        ASTERISM_CHECK(renew_node_key(storage, provider, "/dev/fake", first));
        return {};
      },
      {&first});
}

BOOST_FIXTURE_TEST_CASE(recovery_survives_every_power_cut, Fixture) {
  const auto kept = medium;
  std::size_t cuts = 0;
  for (std::size_t number = 0;; ++number) {
    medium = kept;
    provider.replace();
    FakeStorage storage{medium};
    storage.cut_at(number, 4096);
    disk_mapper::testing::FakeMeasurer measurer;
    const OpenRequest request{.device = "/dev/fake", .mount_point = "/sysroot/var", .recovery_key = &first};
    static_cast<void>(open_state_disk(storage, provider, measurer, request));
    if (!storage.is_off()) break;
    ++cuts;
    if (!provider.recorded()) BOOST_REQUIRE(boot(&first));
    BOOST_TEST(boot().has_value(), "cut in write " << number);
    BOOST_TEST(medium.data == "kept");
  }
  BOOST_TEST(cuts >= 4u);
}
