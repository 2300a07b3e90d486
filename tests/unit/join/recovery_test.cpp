// SPDX-License-Identifier: Apache-2.0
// A node that its cluster does not let in, and the operator who comes: both in one process, over a real session.
#include "join/recovery.hpp"

#include <filesystem>

#include <boost/test/unit_test.hpp>
#include <sys/socket.h>
#include <sys/stat.h>

#include "common/fs.hpp"
#include "crypto/public_key.hpp"
#include "join_world.hpp"
#include "support/hostile_table.hpp"
#include "support/signing.hpp"

using namespace asterism;
using namespace asterism::join;
using asterism::testing::Cluster;
using asterism::testing::Machine;

namespace {

constexpr const char* disk = "0f8b9e7c-1d2a-4c3b-8e5f-6a7b8c9d0e1f";
constexpr const char* other_disk = "11111111-1d2a-4c3b-8e5f-6a7b8c9d0e1f";

SecretBytes key_of(unsigned value) {
  return SecretBytes::copy_of(std::vector<std::byte>(32, static_cast<std::byte>(value))).value();
}

std::pair<UniqueFd, UniqueFd> sockets() {
  int fds[2] = {-1, -1};
  BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
  return {UniqueFd{fds[0]}, UniqueFd{fds[1]}};
}

struct World {
  asterism::testing::TpmMaker maker;
  Machine node{maker, "node"};
  Cluster cluster{maker};
  crypto::PrivateKey person = asterism::testing::test_key(0);
  NodeConfig config = cluster.node_config();
  std::vector<std::string> measured;
  std::vector<std::string> told;
  // What the operator knows and orders; the tests change it.
  NodeConfig document = config;
  std::string disk_uuid = disk;
  std::string identity;
  Result<> measuring;

  World() {
    cluster.publish(asterism::testing::manifest_of(node), "1.0");
    cluster.config.operators = {person.public_key().to_pem()};
    cluster.start();
    config.recovery =
        RecoveryRules{.listen = {.host = "127.0.0.1", .port = "1"}, .operators = {person.public_key().id().hex()}};
  }

  /// What the node does with whoever measures.
  Result<> measure(const std::string& id) {
    ASTERISM_CHECK(measuring);
    measured.push_back(id);
    node.measure(attestation::recovery_event(id));
    return {};
  }

  Result<attestation::NodeFacts> give(UniqueFd socket, const crypto::PrivateKey& key) {
    auto loaded = load_manifests({.folder = cluster.config.manifests, .trust = document.trust},
                                 cluster.config.demands.scopes, current_time())
                      .value();
    const attestation::StaticReferenceValues references{std::move(loaded.images), {}, 0};
    const attestation::JudgeRules rules{.required = document.evidence,
                                        .standing = attestation::Standing::joining,
                                        .cluster = document.cluster,
                                        .tpm_roots = document.tpm_roots};
    return give_disk_key(std::move(socket),
                         {.config = document, .operator_key = key, .disk_uuid = disk_uuid, .identity = identity},
                         key_of(9), rules, references, current_time());
  }

  /// One operator at the node's door. @returns what came of it on both sides.
  std::pair<Result<attestation::NodeFacts>, Result<Recovered>> recover(const crypto::PrivateKey& key,
                                                                       Machine* machine = nullptr) {
    auto [client, server] = sockets();
    Result<Recovered> taken = fail(Errc::internal, "not run");
    Result<attestation::NodeFacts> given = fail(Errc::internal, "not run");
    {
      const std::jthread waiting{[&, fd = std::move(server)]() mutable {
        auto collector = (machine ? *machine : node).collector();
        attestation::CollectedEvidence evidence{collector};
        taken =
            take_disk_key(std::move(fd), config, disk, evidence, [&](const std::string& id) { return measure(id); });
      }};
      given = give(std::move(client), key);
    }
    return {std::move(given), std::move(taken)};
  }
};

std::string why(const auto& outcome) {
  return outcome ? std::string{"it worked"} : outcome.error().message();
}

/// What an operator notices; in every case the node has no key, and nothing is on record.
void check_refusal(const std::string& what, const std::string& message) {
  World world;
  std::optional<Machine> machine;
  if (what == "image") machine.emplace(world.maker, "altered", "image 1 with one byte changed");
  const asterism::testing::TpmMaker forger;
  if (what == "maker") machine.emplace(forger, "foreign");
  if (what == "member") world.node.measure(attestation::cluster_event("prod.example"));
  if (what == "elsewhere") world.node.measure(attestation::cluster_event("other.example"));
  if (what == "recovered") world.node.measure(attestation::recovery_event(std::string(64, 'f')));
  if (what == "cluster") world.document.cluster = "other.example";
  if (what == "name") world.document.name = "worker-2";
  if (what == "disk") world.disk_uuid = other_disk;
  if (what == "identity") world.identity = "tpm:00";
  if (what == "revoked")
    world.cluster.publish(asterism::testing::manifest_of(world.node, "1.0", manifest::Lifecycle::revoked), "1.0");
  if (what == "evidence") world.document.evidence.insert(attestation::EvidenceKind::snp);
  const auto [given, taken] = world.recover(world.person, machine ? &*machine : nullptr);
  BOOST_REQUIRE(!given);
  BOOST_TEST((given.error().code() == Errc::unverified), why(given));
  BOOST_TEST(why(given).contains(message), why(given));
  BOOST_TEST(!taken.has_value());
  BOOST_TEST(world.measured.empty());
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_operator_gives_a_node_the_key_of_its_disk) {
  World world;
  const auto [given, taken] = world.recover(world.person);
  BOOST_REQUIRE_MESSAGE(given, why(given));
  BOOST_REQUIRE_MESSAGE(taken, why(taken));
  BOOST_TEST(taken->disk_key.equals(key_of(9)));
  BOOST_TEST(taken->operator_id == world.person.public_key().id().hex());
  BOOST_TEST((world.measured == std::vector{taken->operator_id}));
  BOOST_TEST(given->images.contains("asterism 1.0"));
  BOOST_TEST(given->identities.begin()->starts_with("tpm:"));
  // The same boot cannot be recovered again, since who did it is measured.
  const auto [again, nothing] = world.recover(world.person);
  BOOST_TEST(why(again).contains("was recovered in this boot"), why(again));
  BOOST_TEST(!nothing.has_value());
}

BOOST_AUTO_TEST_CASE(a_recovered_node_may_join_only_if_the_cluster_knows_the_operator) {
  World world;
  BOOST_REQUIRE(world.recover(world.person).second.has_value());
  BOOST_TEST(world.cluster.ask(world.node, world.cluster.node_config()).has_value());
  world.node.restart();
  world.node.measure(attestation::recovery_event(std::string(64, 'f')));
  BOOST_TEST(!world.cluster.ask(world.node, world.cluster.node_config()));
  BOOST_TEST(world.cluster.last("reason").contains("recovered in this boot by somebody else"),
             world.cluster.last("reason"));
}

BOOST_AUTO_TEST_CASE(a_member_keeps_its_disk_when_it_joins_without_asking_for_a_key) {
  World world;
  BOOST_REQUIRE(world.cluster.ask(world.node, world.cluster.node_config(), disk));
  BOOST_REQUIRE(world.cluster.ask(world.node, world.cluster.node_config()));
  const auto registry = Registry::open(world.cluster.config.state).value();
  BOOST_TEST((registry.check_disk(disk, "worker-2").error().code() == Errc::unverified));
}

BOOST_AUTO_TEST_CASE(strangers_get_nothing_and_give_nothing) {
  World world;
  const auto stranger = world.recover(asterism::testing::test_key(2));
  BOOST_TEST(why(stranger.second).contains("is no operator"), why(stranger.second));
  BOOST_TEST(why(stranger.first).contains("the other side refuses"), why(stranger.first));
  BOOST_TEST(world.measured.empty());
  world.config.recovery.reset();
  const auto closed = world.recover(world.person);
  BOOST_TEST((closed.second.error().code() == Errc::usage));
}

BOOST_AUTO_TEST_CASE(nodes_that_are_not_as_ordered) {
  for (const auto& row : asterism::testing::table_rows("join/recovery_refusals.txt", 2)) {
    BOOST_TEST_CONTEXT(row[0]) check_refusal(row[0], row[1]);
  }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_put_on_record_is_not_used) {
  World world;
  world.measuring = fail(Errc::io, "the TPM is gone");
  const auto [given, taken] = world.recover(world.person);
  BOOST_TEST(why(taken).contains("the TPM is gone"), why(taken));
  BOOST_TEST(!given.has_value());
}

BOOST_AUTO_TEST_CASE(the_desk_waits_for_the_right_one_until_the_time_is_up) {
  World world;
  auto collector = world.node.collector();
  unsigned visits = 0;
  std::vector<std::jthread> people;
  const auto stranger = asterism::testing::test_key(2);
  RecoveryDesk desk{world.config,
                    disk,
                    collector,
                    {.visitor = [&](std::chrono::milliseconds time) -> Result<UniqueFd> {
                       BOOST_TEST(time.count() > 0);
                       if (++visits > 2) {
                         std::this_thread::sleep_for(time);
                         return fail(Errc::unavailable, "nobody");
                       }
                       auto [client, server] = sockets();
                       people.emplace_back([&, who = visits, fd = std::move(client)]() mutable {
                         static_cast<void>(world.give(std::move(fd), who == 1 ? stranger : world.person).has_value());
                       });
                       return std::move(server);
                     },
                     .measure = [&](const std::string& id) { return world.measure(id); },
                     .tell = [&](const std::string& line) { world.told.push_back(line); }}};
  visits = 2;
  BOOST_TEST(!desk.wait(std::chrono::milliseconds{20}));
  BOOST_TEST(!desk.recovered().has_value());
  visits = 0;
  BOOST_TEST(desk.wait(std::chrono::seconds{60}));
  BOOST_TEST(visits == 2U);
  BOOST_REQUIRE(world.told.size() == 1U);
  BOOST_TEST(world.told[0].contains("is no operator"), world.told[0]);
  BOOST_TEST(printable(world.told[0]) == world.told[0]);  // the console would show anything else as numbers
  BOOST_TEST(desk.recovered().value().disk_key.equals(key_of(9)));
}

BOOST_AUTO_TEST_CASE(a_recovered_node_has_its_key_and_no_credentials) {
  World world;
  const std::string folder = std::filesystem::absolute("recovered").string();
  std::filesystem::remove_all(folder);
  const Recovered recovered{.disk_key = key_of(9), .operator_id = "ab"};
  BOOST_REQUIRE(stage_recovered(folder, recovered, world.config, disk));
  struct stat status{};
  for (const char* name : {"disk-key", "report.json"}) {
    BOOST_REQUIRE(::stat((folder + "/" + name).c_str(), &status) == 0);
    BOOST_TEST((status.st_mode & 0777) == 0600U, name);
  }
  BOOST_TEST((read_file(folder + "/disk-key", 64).value() == std::vector<std::byte>(32, std::byte{9})));
  BOOST_TEST(!std::filesystem::exists(folder + "/kubelet.kubeconfig"));
  BOOST_TEST(read_text_file(folder + "/report.json", 4096).value().contains("\"operator\": \"ab\""));
  BOOST_TEST((stage_recovered("/proc/none", recovered, world.config, disk).error().code() != Errc::internal));
}
