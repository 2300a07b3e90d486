// SPDX-License-Identifier: Apache-2.0
// Keys are added, removed and renewed, and recovery keys do what they are for.
#include "disk_with_recovery_key.hpp"

using namespace asterism;
using namespace asterism::disk_mapper;
using Fixture = disk_mapper::testing::DiskWithRecoveryKey;

namespace {

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
  const auto node_key = provider.load(uuid, provider.last_sealed()).value();
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

BOOST_FIXTURE_TEST_CASE(a_renewed_key_opens_and_the_old_one_does_not, Fixture) {
  disk_mapper::testing::FakeStorage storage{medium};
  BOOST_TEST(check_renewable(storage, "/dev/fake").has_value());
  const auto before = boot().value();
  const auto old_key = provider.load(uuid, provider.last_sealed()).value();
  BOOST_REQUIRE(renew(first));
  const auto after = boot().value();
  BOOST_TEST(after.generation == before.generation + 1);
  BOOST_TEST(after.note.empty());
  require_code(boot(&old_key), Errc::unverified);
  BOOST_TEST(boot(&first).has_value());
  for (unsigned count = 0; count <= max_key_slots; ++count)  // old slots are given back
    BOOST_REQUIRE(renew(first));
  BOOST_TEST(boot().has_value());
  require_code(renew(second), Errc::unverified);
  BOOST_TEST(medium.data == "kept");
}

BOOST_FIXTURE_TEST_CASE(a_lost_record_comes_back_with_a_recovery_key, Fixture) {
  const auto before = boot().value();
  provider.replace();
  require_code(boot(), Errc::conflict);
  const auto recovered = boot(&first).value();
  BOOST_TEST(recovered.note.contains("new key"));
  BOOST_TEST(recovered.uuid == before.uuid);
  BOOST_TEST(recovered.measured != before.measured);
  const auto after = boot().value();
  BOOST_TEST(after.measured == recovered.measured);
  BOOST_TEST(after.note.empty());
  BOOST_TEST(medium.data == "kept");
}

BOOST_FIXTURE_TEST_CASE(a_recovery_key_needs_neither_provider_nor_record, Fixture) {
  provider.fail_always(Error{Errc::unavailable, "TPM away"});
  require_code(boot(), Errc::unavailable);
  const auto recovered = boot(&first).value();
  BOOST_TEST(recovered.note.contains("TPM away"));
  BOOST_TEST(medium.data == "kept");
}

BOOST_FIXTURE_TEST_CASE(another_disk_is_opened_by_its_recovery_key_but_not_adopted, Fixture) {
  Fixture other;
  std::swap(medium, other.medium);
  const auto opened = boot(&other.first).value();
  BOOST_TEST(opened.note.contains("not the disk that this node made"));
  require_code(boot(), Errc::unverified);
}

BOOST_FIXTURE_TEST_CASE(a_blank_disk_is_not_made_for_a_recovery_key, Fixture) {
  std::ranges::fill(medium.front, std::byte{0});
  provider.forget();
  require_code(boot(&first), Errc::conflict);
}
