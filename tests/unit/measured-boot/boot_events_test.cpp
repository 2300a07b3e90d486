// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/boot_events.hpp"

#include <algorithm>

#include <boost/test/unit_test.hpp>

using namespace asterism;
using namespace asterism::measured_boot;

namespace {

BootDigests digests_of_a_boot() {
  BootDigests digests;
  digests.boot_loader = hash_banks(as_bytes("loader")).value();
  digests.uki = hash_banks(as_bytes("uki")).value();
  digests.inner_kernel = hash_banks(as_bytes("kernel")).value();
  digests.load_options = hash_banks(as_bytes("options")).value();
  digests.initrd = hash_banks(as_bytes("initrd")).value();
  return digests;
}

std::vector<std::string> names(unsigned version, SecureBoot state, unsigned profile, const BootDigests& digests,
                               PcrIndex pcr) {
  std::vector<std::string> found;
  const auto events = boot_events(*find_stub_model(version).value(), state, profile, digests).value();
  for (const Event& event : events) {
    if (event.pcr == pcr) found.push_back(event.what);
  }
  return found;
}

bool kernel_measured(unsigned version, SecureBoot state) {
  const auto found = names(version, state, 0, digests_of_a_boot(), pcr_boot_loader_code);
  return std::ranges::find(found, "image: kernel inside the UKI") != found.end();
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_inner_kernel_counts_up_to_257_and_without_secure_boot) {
  for (unsigned version = 252; version <= 262; ++version) {
    BOOST_TEST(kernel_measured(version, SecureBoot::off) == (version <= 257), version);
    BOOST_TEST(kernel_measured(version, SecureBoot::absent) == (version <= 257), version);
    BOOST_TEST(!kernel_measured(version, SecureBoot::on), version);
  }
}

BOOST_AUTO_TEST_CASE(pcr_4_has_the_chain_in_order) {
  const std::vector<std::string> wanted{"action: calling the boot option", "separator", "image: boot loader",
                                        "image: UKI", "image: kernel inside the UKI"};
  BOOST_TEST(names(257, SecureBoot::off, 0, digests_of_a_boot(), pcr_boot_loader_code) == wanted,
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_uki_started_by_the_firmware_has_no_boot_loader_event) {
  BootDigests digests = digests_of_a_boot();
  digests.boot_loader.reset();
  const std::vector<std::string> wanted{"action: calling the boot option", "separator", "image: UKI"};
  BOOST_TEST(names(258, SecureBoot::off, 0, digests, pcr_boot_loader_code) == wanted, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_first_profile_leaves_pcr_12_alone) {
  BOOST_TEST(names(257, SecureBoot::on, 0, digests_of_a_boot(), pcr_kernel_config).empty());
}

BOOST_AUTO_TEST_CASE(another_profile_is_measured_by_loader_and_stub) {
  const std::vector<std::string> through_loader{"boot options '@2'", "profile 2"};
  BOOST_TEST(names(257, SecureBoot::on, 2, digests_of_a_boot(), pcr_kernel_config) == through_loader,
             boost::test_tools::per_element());
  BootDigests digests = digests_of_a_boot();
  digests.boot_loader.reset();
  const std::vector<std::string> direct{"profile 2"};
  BOOST_TEST(names(257, SecureBoot::on, 2, digests, pcr_kernel_config) == direct, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(from_261_a_separator_ends_the_firmware_registers) {
  for (const PcrIndex pcr : {4u, 7u, 9u, 12u, 13u}) {
    BOOST_TEST(names(260, SecureBoot::on, 0, digests_of_a_boot(), pcr).size() + 1 ==
                   names(261, SecureBoot::on, 0, digests_of_a_boot(), pcr).size(),
               pcr);
  }
  BOOST_TEST(names(261, SecureBoot::on, 0, digests_of_a_boot(), 11).size() ==
             names(260, SecureBoot::on, 0, digests_of_a_boot(), 11).size());
}

BOOST_AUTO_TEST_CASE(what_the_host_may_add_to_pcr_9_is_known_per_version) {
  for (unsigned version = 252; version <= 262; ++version) {
    const StubModel& model = *find_stub_model(version).value();
    BOOST_TEST(model.host_shapes_boot == (version >= 261), version);
    BOOST_TEST(model.initrd_pcr_extended == (version >= 259), version);
    BOOST_TEST(model.os_separator == (version >= 261), version);
    BOOST_TEST(model.profiles == (version >= 257), version);
  }
}

BOOST_AUTO_TEST_CASE(phases_are_measured_by_every_version) {
  const std::vector<std::string> wanted{"phase enter-initrd", "phase leave-initrd", "phase sysinit", "phase ready"};
  for (unsigned version = 252; version <= 262; ++version)
    BOOST_TEST(names(version, SecureBoot::on, 0, digests_of_a_boot(), 11) == wanted, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_missing_is_not_measured) {
  BootDigests digests = digests_of_a_boot();
  digests.load_options.reset();
  digests.initrd.reset();
  BOOST_TEST(names(257, SecureBoot::on, 0, digests, pcr_kernel_initrd).empty());
}

BOOST_AUTO_TEST_CASE(replay_stops_at_the_stage) {
  const auto events = boot_events(*find_stub_model(257).value(), SecureBoot::on, 0, digests_of_a_boot()).value();
  BOOST_TEST((replay(events, 11, HashAlgorithm::sha256, Stage::kernel).value() == Digest{HashAlgorithm::sha256}));
  BOOST_TEST((replay(events, 11, HashAlgorithm::sha256, Stage::enter_initrd).value() != Digest{HashAlgorithm::sha256}));
  BOOST_TEST((replay(events, 15, HashAlgorithm::sha384).value() == Digest{HashAlgorithm::sha384}));
}
