// SPDX-License-Identifier: Apache-2.0
// The TPM as key provider and measurer, on libtpms: whole boots, with power cycles between them.
#include <filesystem>
#include <fstream>

#include <boost/test/unit_test.hpp>

#include "common/fs.hpp"
#include "disk-mapper/join_provider.hpp"
#include "disk-mapper/key_slots.hpp"
#include "disk-mapper/open.hpp"
#include "disk-mapper/testing/fake_measurer.hpp"
#include "disk-mapper/testing/fake_storage.hpp"
#include "disk-mapper/tpm_measurer.hpp"
#include "disk-mapper/tpm_provider.hpp"
#include "tpm/support.hpp"

using namespace asterism;
using namespace asterism::disk_mapper;
using tpm::testing::LibtpmsMachine;
using tpm::testing::rsa_key;
using tpm::testing::TestImage;

namespace {

const TestImage version_1{.name = "version 1", .security_version = 1, .floor = 1};
const TestImage version_2{.name = "version 2", .security_version = 2, .floor = 2};

/// A node whose TPM is libtpms and whose disk is in memory.
struct Node {
  LibtpmsMachine machine;
  disk_mapper::testing::FakeMedium medium;
  const SecretBytes* recovery_key = nullptr;
  const SecretBytes* fresh_recovery_key = nullptr;
  std::filesystem::path log = std::filesystem::current_path() / "tpm2-measure.log";

  Node() { std::filesystem::remove(log); }
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  ~Node() { std::filesystem::remove(log); }

  /// From power-on to the mounted disk.
  Result<OpenReport> boot(const TestImage& image) {
    machine.restart();
    std::filesystem::remove(log);
    image.boot(machine.tpm());
    return open(image);
  }

  Result<OpenReport> open(const TestImage& image) {
    disk_mapper::testing::FakeStorage storage{medium};
    const auto provider = tpm_provider(machine.tpm(), image.signed_by(rsa_key()));
    TpmMeasurer measurer{machine.tpm(), log.string()};
    return open_state_disk(storage, *provider, measurer,
                           {.device = "/dev/fake",
                            .mount_point = "/sysroot/var",
                            .recovery_key = recovery_key,
                            .new_recovery_key = fresh_recovery_key});
  }

  Digest pcr_15() {
    return machine.tpm().read(tpm::PcrSelection::make(HashAlgorithm::sha256, {15}).value()).value().front();
  }
};

void require_refused(const Result<OpenReport>& report, std::string_view text) {
  BOOST_REQUIRE(!report);
  BOOST_TEST((report.error().code() == Errc::unverified), report.error().message());
  BOOST_TEST(report.error().message().contains(text), report.error().message());
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(made_opened_and_measured, Node) {
  const auto first = boot(version_1).value();
  BOOST_TEST((first.action == Action::create));
  medium.data = "kept";
  const auto digest = sha256(as_bytes(first.measured)).value();
  const auto expected = hash(HashAlgorithm::sha256, {Digest{HashAlgorithm::sha256}.bytes(), digest.bytes()}).value();
  BOOST_TEST((pcr_15() == expected));
  const auto logged = read_text_file(log.string(), 65'536).value();
  BOOST_TEST(logged.contains(first.measured));
  BOOST_TEST(logged.contains(digest.hex()));

  const auto second = boot(version_1).value();
  BOOST_TEST((second.action == Action::open));
  BOOST_TEST(second.measured == first.measured);
  BOOST_TEST((pcr_15() == expected));
  BOOST_TEST(medium.data == "kept");
}

BOOST_FIXTURE_TEST_CASE(the_running_system_does_not_get_the_key, Node) {
  BOOST_REQUIRE(boot(version_1));
  require_refused(open(version_1), "PCR 15 is not zero");
}

BOOST_FIXTURE_TEST_CASE(an_update_opens_and_keeps_the_older_image_out, Node) {
  BOOST_REQUIRE(boot(version_1));
  BOOST_REQUIRE(boot(version_2));
  require_refused(boot(version_1), "the floor of this TPM is 2, above security version 1");
  BOOST_TEST(boot(version_2).has_value());
}

// A joined node: the document is measured, then the cluster gives the key for the UUID that was asked for.
BOOST_FIXTURE_TEST_CASE(the_cluster_gives_the_key, Node) {
  const auto cluster_key = SecretBytes::random(node_key_bytes).value();
  const auto join = [&](std::string_view cluster, bool is_let_in) -> Result<OpenReport> {
    machine.restart();
    version_1.boot(machine.tpm());
    disk_mapper::testing::FakeStorage storage{medium};
    const auto asking = join_provider(machine.tpm(), version_1.signed_by(rsa_key()), std::nullopt);
    ASTERISM_TRY(const auto uuid, uuid_to_open(storage, [&] { return asking->has_record(); }, "/dev/fake"));
    BOOST_REQUIRE(machine.tpm().extend(15, as_bytes("asterism node-config")));
    std::optional<JoinKey> given;
    if (is_let_in) {
      given = JoinKey{
          .cluster = std::string{cluster}, .uuid = uuid, .key = SecretBytes::copy_of(cluster_key.bytes()).value()};
    }
    const auto provider = join_provider(machine.tpm(), version_1.signed_by(rsa_key()), std::move(given));
    TpmMeasurer measurer{machine.tpm(), log.string()};
    return open_state_disk(storage, *provider, measurer,
                           {.device = "/dev/fake", .mount_point = "/sysroot/var", .new_uuid = uuid});
  };
  BOOST_TEST((join("prod", false).error().code() == Errc::unavailable));  // and nothing was made
  const auto first = join("prod", true).value();
  BOOST_TEST((first.action == Action::create));
  medium.data = "kept";
  const auto second = join("prod", true).value();
  BOOST_TEST((second.action == Action::open));
  BOOST_TEST(second.measured == first.measured);
  BOOST_TEST((join("prod", false).error().code() == Errc::unavailable));
  disk_mapper::testing::FakeStorage running{medium};
  const auto renewable = check_renewable(running, "/dev/fake");
  BOOST_REQUIRE(!renewable);
  BOOST_TEST((renewable.error().code() == Errc::conflict));
  BOOST_TEST(renewable.error().message().contains("the key of '/dev/fake' is cluster prod's"));
  BOOST_TEST(renewable.error().advice().contains("another key needs another disk"));
  require_refused(join("other", true), "the key of cluster other");
  const auto alone = boot(version_1);  // without the document: the TPM has no key of this disk
  BOOST_REQUIRE(!alone);
  BOOST_TEST((alone.error().code() == Errc::unavailable), alone.error().message());
  BOOST_TEST(medium.data == "kept");
}

// The host lays another node's disk before it, made with the cluster's key for its UUID, and the service gives that
// key.
BOOST_FIXTURE_TEST_CASE(another_members_disk_is_refused, Node) {
  const auto cluster_key = SecretBytes::random(node_key_bytes).value();
  const auto join = [&](disk_mapper::testing::FakeMedium& disk) -> Result<OpenReport> {
    version_1.boot(machine.tpm());
    disk_mapper::testing::FakeStorage storage{disk};
    const auto asking = join_provider(machine.tpm(), version_1.signed_by(rsa_key()), std::nullopt);
    ASTERISM_TRY(const auto uuid, uuid_to_open(storage, [&] { return asking->has_record(); }, "/dev/fake"));
    const auto provider = join_provider(
        machine.tpm(), version_1.signed_by(rsa_key()),
        JoinKey{.cluster = "prod", .uuid = uuid, .key = SecretBytes::copy_of(cluster_key.bytes()).value()});
    TpmMeasurer measurer{machine.tpm(), log.string()};
    return open_state_disk(storage, *provider, measurer,
                           {.device = "/dev/fake", .mount_point = "/sysroot/var", .new_uuid = uuid});
  };
  disk_mapper::testing::FakeMedium other;
  BOOST_REQUIRE(join(other));
  machine.clear();
  BOOST_REQUIRE(join(medium));
  machine.restart();
  require_refused(join(other), "not the disk that this node made");
}

// The host gives a node that made its disk by itself a document: the disk is not made anew.
BOOST_FIXTURE_TEST_CASE(a_disk_of_the_tpm_is_none_of_a_cluster, Node) {
  const auto made = boot(version_1).value();
  machine.restart();
  version_1.boot(machine.tpm());
  disk_mapper::testing::FakeStorage storage{medium};
  const auto provider =
      join_provider(machine.tpm(), version_1.signed_by(rsa_key()),
                    JoinKey{.cluster = "prod", .uuid = made.uuid, .key = SecretBytes::random(node_key_bytes).value()});
  BOOST_TEST(uuid_to_open(storage, [&] { return provider->has_record(); }, "/dev/fake").value() == made.uuid);
  TpmMeasurer measurer{machine.tpm(), log.string()};
  require_refused(open_state_disk(storage, *provider, measurer, {.device = "/dev/fake", .mount_point = "/sysroot/var"}),
                  "is not for this disk");
}

BOOST_FIXTURE_TEST_CASE(other_measurements_do_not_open, Node) {
  BOOST_REQUIRE(boot(version_1));
  for (const unsigned pcr : {11U, 12U, 13U}) {
    machine.restart();
    version_1.boot(machine.tpm());
    BOOST_REQUIRE(machine.tpm().extend(pcr, as_bytes("more")));
    require_refused(open(version_1), std::format("PCR {} is not as signed", pcr));
  }
  BOOST_TEST(boot(version_1).has_value());
}

BOOST_FIXTURE_TEST_CASE(another_tpm_has_no_record_and_formats_nothing, Node) {
  BOOST_REQUIRE(boot(version_1));
  medium.data = "kept";
  machine.clear();
  version_1.boot(machine.tpm());
  const auto report = open(version_1);
  BOOST_REQUIRE(!report);
  BOOST_TEST((report.error().code() == Errc::conflict));
  BOOST_TEST(medium.data == "kept");
}

BOOST_FIXTURE_TEST_CASE(another_nodes_disk_is_refused, Node) {
  BOOST_REQUIRE(boot(version_1));
  disk_mapper::testing::FakeMedium other;
  std::swap(medium, other);
  machine.clear();
  version_1.boot(machine.tpm());
  BOOST_REQUIRE(open(version_1));
  std::swap(medium, other);
  require_refused(boot(version_1), "the secret belongs to another TPM");
}

BOOST_FIXTURE_TEST_CASE(another_disk_that_this_tpm_sealed_a_key_for_is_refused, Node) {
  BOOST_REQUIRE(boot(version_1));
  const auto first = medium;
  medium = {};
  BOOST_REQUIRE(tpm::remove_disk_record(machine.tpm()));
  BOOST_REQUIRE(boot(version_1));
  medium = first;
  require_refused(boot(version_1), "not the disk that this node made");
}

BOOST_FIXTURE_TEST_CASE(a_cleared_tpm_gets_key_and_record_with_a_recovery_key, Node) {
  const auto recovery = SecretBytes::random(node_key_bytes).value();
  fresh_recovery_key = &recovery;
  const auto first = boot(version_1).value();
  medium.data = "kept";
  machine.clear();
  version_1.boot(machine.tpm());
  recovery_key = &recovery;
  const auto recovered = open(version_1).value();
  BOOST_TEST(recovered.uuid == first.uuid);
  recovery_key = nullptr;
  BOOST_TEST(boot(version_1).value().measured == recovered.measured);
  BOOST_TEST(medium.data == "kept");
}

BOOST_FIXTURE_TEST_CASE(a_log_that_cannot_be_written_stops_before_the_extension, Node) {
  log = "/proc/nowhere/log";
  machine.restart();
  version_1.boot(machine.tpm());
  BOOST_TEST(!open(version_1));
  BOOST_TEST((pcr_15() == Digest{HashAlgorithm::sha256}));
}
