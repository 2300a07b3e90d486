// SPDX-License-Identifier: Apache-2.0
// Nodes and a service in one process: fake TPMs that compute like real ones, real sessions, a Kubernetes in memory.
#include <boost/test/unit_test.hpp>

#include "join_world.hpp"
#include "support/signing.hpp"

using namespace asterism;
using namespace asterism::join;
using asterism::testing::Cluster;
using asterism::testing::Machine;
using asterism::testing::manifest_of;

namespace {

constexpr const char* disk = "0f8b9e7c-1d2a-4c3b-8e5f-6a7b8c9d0e1f";

/// A cluster that knows version 1.0, and a node that runs it.
struct World {
  asterism::testing::TpmMaker maker;
  Machine node{maker, "node"};
  Cluster cluster{maker};
  World() {
    cluster.publish(manifest_of(node), "1.0");
    cluster.start();
  }
};

std::string why(const Result<Admission>& outcome) {
  return outcome ? "it was let in" : outcome.error().message();
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_node_that_proves_itself_is_let_in) {
  World world;
  const auto admission = world.cluster.ask(world.node, world.cluster.node_config(), disk);
  BOOST_REQUIRE_MESSAGE(admission, why(admission));
  BOOST_TEST(admission->answer.api_endpoint == "https://api.example:6443");
  BOOST_TEST((world.cluster.kubernetes->issued == std::vector<std::string>{"worker-1"}));
  const auto master = SecretBytes::copy_of(std::vector<std::byte>(32, std::byte{7})).value();
  BOOST_TEST(admission->answer.disk_key.equals(derive_disk_key(master, "prod.example", disk).value()));
  BOOST_TEST(world.cluster.last("outcome") == "joined");
  BOOST_TEST(world.cluster.last("claimed_image") == "asterism 1.0");
  BOOST_TEST(world.cluster.service->metrics().contains("asterism_join_sessions_total{outcome=\"joined\"} 1"));
  BOOST_TEST(world.cluster.service->metrics().contains("asterism_join_members 1"));
}

BOOST_AUTO_TEST_CASE(a_node_without_a_disk_gets_no_key) {
  World world;
  const auto admission = world.cluster.ask(world.node, world.cluster.node_config());
  BOOST_REQUIRE_MESSAGE(admission, why(admission));
  BOOST_TEST(admission->answer.disk_key.size() == 0U);
}

BOOST_AUTO_TEST_CASE(after_a_restart_it_gets_the_same_key_and_before_it_nothing) {
  World world;
  const auto config = world.cluster.node_config();
  const auto first = world.cluster.ask(world.node, config, disk);
  BOOST_REQUIRE_MESSAGE(first, why(first));
  world.node.measure(attestation::cluster_event(config.cluster));
  const auto again = world.cluster.ask(world.node, config, disk);
  BOOST_REQUIRE(!again);
  BOOST_TEST(world.cluster.last("reason").contains("joined in this boot already"), world.cluster.last("reason"));
  world.node.restart();
  const auto rejoined = world.cluster.ask(world.node, config, disk);
  BOOST_REQUIRE_MESSAGE(rejoined, why(rejoined));
  BOOST_TEST(rejoined->answer.disk_key.equals(first->answer.disk_key));
}

BOOST_AUTO_TEST_CASE(another_image_is_refused) {
  World world;
  Machine altered{world.maker, "altered", "image 1 with one byte changed"};
  const auto outcome = world.cluster.ask(altered, world.cluster.node_config());
  BOOST_REQUIRE(!outcome);
  BOOST_TEST(world.cluster.last("outcome") == "evidence");
  BOOST_TEST(world.cluster.last("reason").contains("no image that is valid now fits"), world.cluster.last("reason"));
  BOOST_TEST(outcome.error().message().contains("the other side refuses: "), why(outcome));
  BOOST_TEST(world.cluster.kubernetes->issued.empty());
}

BOOST_AUTO_TEST_CASE(a_revoked_version_is_refused_and_the_reason_says_so) {
  World world;
  world.cluster.publish(manifest_of(world.node, "1.0", manifest::Lifecycle::revoked), "1.0");
  BOOST_REQUIRE(world.cluster.service->reload());
  const auto outcome = world.cluster.ask(world.node, world.cluster.node_config());
  BOOST_REQUIRE(!outcome);
  BOOST_TEST(world.cluster.last("reason").contains("revoked"), world.cluster.last("reason"));
}

BOOST_AUTO_TEST_CASE(a_manifest_of_a_stranger_counts_nothing) {
  asterism::testing::TpmMaker maker;
  Machine node{maker, "node"};
  Cluster cluster{maker};
  cluster.config.trust = asterism::testing::test_policy(1, 1);
  cluster.publish(manifest_of(node), "1.0", 1);  // signed by a key that is not in the policy
  cluster.start();
  BOOST_TEST(!cluster.service->ready());
  BOOST_TEST(!cluster.ask(node, cluster.node_config()));
}

BOOST_AUTO_TEST_CASE(a_tpm_of_another_maker_is_refused) {
  World world;
  const asterism::testing::TpmMaker other;
  Machine stranger{other, "stranger"};
  const auto outcome = world.cluster.ask(stranger, world.cluster.node_config());
  BOOST_REQUIRE(!outcome);
  BOOST_TEST(world.cluster.last("reason").contains("EK certificate"), world.cluster.last("reason"));
}

BOOST_AUTO_TEST_CASE(a_node_of_another_cluster_is_refused_on_both_sides) {
  World world;
  auto config = world.cluster.node_config();
  config.cluster = "other.example";
  const auto outcome = world.cluster.ask(world.node, config);
  BOOST_REQUIRE(!outcome);
  BOOST_TEST(outcome.error().message().contains("evidence of the server"), why(outcome));
  BOOST_TEST(world.cluster.last("outcome") == "evidence");
}

BOOST_AUTO_TEST_CASE(a_service_of_another_cluster_gets_nothing) {
  const asterism::testing::TpmMaker maker;
  Machine node{maker, "node"};
  // It claims the right name in the session, but its machine was measured into another cluster.
  Cluster liar{maker, "liar.example"};
  liar.config.cluster = "prod.example";
  liar.publish(manifest_of(node), "1.0");
  liar.start();
  const auto outcome = liar.ask(node, liar.node_config(), disk);
  BOOST_REQUIRE(!outcome);
  BOOST_TEST(outcome.error().message().contains("PCR 15"), why(outcome));
}

BOOST_AUTO_TEST_CASE(names_belong_to_who_came_first) {
  World world;
  BOOST_REQUIRE(world.cluster.ask(world.node, world.cluster.node_config()));
  Machine second{world.maker, "second"};
  const auto outcome = world.cluster.ask(second, world.cluster.node_config());
  BOOST_REQUIRE(!outcome);
  BOOST_TEST(outcome.error().message().contains("refused (name): the name 'worker-1' belongs to tpm:"), why(outcome));
  BOOST_TEST(world.cluster.last("outcome") == "name");
  const auto other_name = world.cluster.ask(second, world.cluster.node_config("worker-2"));
  BOOST_REQUIRE_MESSAGE(other_name, why(other_name));
  const auto no_rule = world.cluster.ask(second, world.cluster.node_config("master-1"));
  BOOST_REQUIRE(!no_rule);
  BOOST_TEST(no_rule.error().message().contains("no rule allows"), why(no_rule));
}

BOOST_AUTO_TEST_CASE(the_key_of_another_nodes_disk_is_not_given_out) {
  World world;
  BOOST_REQUIRE(world.cluster.ask(world.node, world.cluster.node_config(), disk));
  Machine second{world.maker, "second"};
  const auto outcome = world.cluster.ask(second, world.cluster.node_config("worker-2"), disk);
  BOOST_REQUIRE(!outcome);
  BOOST_TEST(outcome.error().message().contains("belongs to 'worker-1'"), why(outcome));
}

BOOST_AUTO_TEST_CASE(evidence_of_another_session_is_refused) {
  World world;
  auto collector = world.node.collector();
  struct Replay final : attestation::EvidenceProvider {
    explicit Replay(attestation::EvidenceCollector& source) : honest{source} {}
    Result<std::vector<std::byte>> claim() override { return honest.claim(); }
    Result<> answer(Bytes challenge) override { return honest.answer(challenge); }
    Result<std::vector<std::byte>> evidence(const attestation::Binding&) override {
      return honest.evidence(attestation::Binding{});  // made for another session
    }
    attestation::CollectedEvidence honest;
  } replay{collector};
  const auto outcome = world.cluster.with_session(
      [&](UniqueFd socket) { return ask_to_join(std::move(socket), world.cluster.node_config(), "", replay, {}); });
  BOOST_REQUIRE(!outcome);
  BOOST_TEST(world.cluster.last("reason").contains("extra_data"), world.cluster.last("reason"));
}

BOOST_AUTO_TEST_CASE(a_log_that_does_not_lead_to_pcr_15_is_refused) {
  World world;
  // Somebody extended the register and kept it out of the log.
  BOOST_REQUIRE(world.node.chip.extend(15, as_bytes("hidden")));
  const auto outcome = world.cluster.ask(world.node, world.cluster.node_config());
  BOOST_REQUIRE(!outcome);
  BOOST_TEST(world.cluster.last("reason").contains("the events do not lead"), world.cluster.last("reason"));
}

BOOST_AUTO_TEST_CASE(too_many_attempts) {
  asterism::testing::TpmMaker maker;
  Machine node{maker, "node"};
  Cluster cluster{maker};
  cluster.publish(manifest_of(node), "1.0");
  cluster.config.rates = {.burst = 2, .per_minute = 1};
  cluster.start();
  BOOST_REQUIRE(cluster.ask(node, cluster.node_config()));
  BOOST_REQUIRE(cluster.ask(node, cluster.node_config()));
  BOOST_TEST(!cluster.ask(node, cluster.node_config()));  // of this address
  BOOST_TEST(cluster.service->metrics().contains("outcome=\"rate\"} 1"));
  cluster.peer = "192.0.2.8";
  const auto by_name = cluster.ask(node, cluster.node_config());
  BOOST_REQUIRE(!by_name);
  BOOST_TEST((by_name.error().code() == Errc::unavailable));
  BOOST_TEST(by_name.error().message().contains("refused (rate)"), why(by_name));
  BOOST_TEST(cluster.last("outcome") == "rate");
}

BOOST_AUTO_TEST_CASE(kubernetes_that_is_away_is_worth_another_try) {
  World world;
  world.cluster.kubernetes->fail_next(Error{Errc::unavailable, "Kubernetes: away"});
  const auto outcome = world.cluster.ask(world.node, world.cluster.node_config());
  BOOST_REQUIRE(!outcome);
  BOOST_TEST((outcome.error().code() == Errc::unavailable));
  BOOST_TEST(outcome.error().message().contains("refused (unavailable): Kubernetes: away"), why(outcome));
  BOOST_TEST(world.cluster.ask(world.node, world.cluster.node_config()).has_value());
}

BOOST_AUTO_TEST_CASE(members_are_there_after_a_restart_of_the_service) {
  World world;
  BOOST_REQUIRE(world.cluster.ask(world.node, world.cluster.node_config(), disk));
  world.cluster.start();
  BOOST_TEST(world.cluster.service->metrics().contains("asterism_join_members 1"));
  Machine second{world.maker, "second"};
  BOOST_TEST(!world.cluster.ask(second, world.cluster.node_config()));
}
