// SPDX-License-Identifier: Apache-2.0
// What an operator sees of a cluster, and what a list has to be.
#include "join/members.hpp"

#include <boost/test/unit_test.hpp>

#include "crypto/public_key.hpp"
#include "join/operator_evidence.hpp"
#include "join_world.hpp"
#include "support/signing.hpp"

using namespace asterism;
using namespace asterism::join;
using asterism::testing::Cluster;
using asterism::testing::Machine;

namespace {

struct World {
  asterism::testing::TpmMaker maker;
  Machine node{maker, "node"};
  Cluster cluster{maker};
  crypto::PrivateKey person = asterism::testing::test_key(0);

  World() {
    cluster.publish(asterism::testing::manifest_of(node), "1.0");
    cluster.config.operators = {person.public_key().to_pem()};
    cluster.start();
    cluster.ask(node, cluster.node_config()).value();
  }
  Result<SignedMembers> list(const crypto::PrivateKey& key) {
    return cluster.with_session(
        [&](UniqueFd socket) { return ask_for_members(std::move(socket), cluster.node_config(), key); });
  }
  [[nodiscard]] Result<std::vector<MemberVerdict>> verdicts(const SignedMembers& members,
                                                            const std::string& name = "prod.example") const {
    auto loaded = load_manifests({.folder = cluster.config.manifests, .trust = cluster.config.trust},
                                 cluster.config.demands.scopes, current_time())
                      .value();
    const attestation::StaticReferenceValues references{std::move(loaded.images), {}, 0};
    const attestation::JudgeRules rules{
        .required = {attestation::EvidenceKind::tpm}, .standing = attestation::Standing::joining, .cluster = name};
    return verify_members(members, name, references, rules, current_time());
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(an_operator_sees_who_joined) {
  World world;
  const auto members = world.list(world.person).value();
  const auto verdicts = world.verdicts(members).value();
  BOOST_REQUIRE(verdicts.size() == 1U);
  BOOST_TEST(verdicts[0].reason == "");
  BOOST_TEST(verdicts[0].member.name == "worker-1");
  BOOST_TEST(verdicts[0].images.contains("asterism 1.0"));
  BOOST_TEST(world.cluster.last("outcome") == "listed");
}

BOOST_AUTO_TEST_CASE(strangers_see_nothing_and_operators_cannot_join) {
  World world;
  const auto stranger = world.list(asterism::testing::test_key(2));
  BOOST_REQUIRE(!stranger);
  BOOST_TEST(world.cluster.last("reason").contains("is no operator"), world.cluster.last("reason"));
  // A node's evidence does not get the list, and a person's signature lets nobody join.
  auto key = asterism::testing::test_key(0);
  OperatorEvidence evidence{key};
  const auto joined = world.cluster.with_session([&](UniqueFd socket) {
    return ask_to_join(std::move(socket), world.cluster.node_config("worker-9"), "", evidence, {});
  });
  BOOST_REQUIRE(!joined);
  BOOST_TEST(joined.error().message().contains("refused (request)"), joined.error().message());
  BOOST_TEST(world.cluster.kubernetes->issued.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_member_of_a_revoked_image_is_pointed_out) {
  World world;
  const auto members = world.list(world.person).value();
  world.cluster.publish(asterism::testing::manifest_of(world.node, "1.0", manifest::Lifecycle::revoked), "1.0");
  const auto verdicts = world.verdicts(members).value();
  BOOST_REQUIRE(verdicts.size() == 1U);
  BOOST_TEST(verdicts[0].reason.contains("no image that is valid now fits"), verdicts[0].reason);
}

BOOST_AUTO_TEST_CASE(altered_lists_are_refused) {
  World world;
  const auto members = world.list(world.person).value();
  BOOST_TEST(!world.verdicts(members, "other.example"));
  auto altered = members;
  altered.text.replace(altered.text.find("worker-1"), 8, "worker-2");
  BOOST_TEST((world.verdicts(altered).error().code() == Errc::unverified));
  altered = members;
  altered.signature.back() ^= std::byte{1};
  BOOST_TEST((world.verdicts(altered).error().code() == Errc::unverified));
}

BOOST_AUTO_TEST_CASE(evidence_that_was_altered_in_the_list_is_pointed_out) {
  World world;
  auto members = world.list(world.person).value();
  // Signed again, as only the service could: the evidence still speaks for itself.
  const auto at = members.text.find("\"binding\": \"") + 12;
  members.text[at] = members.text[at] == '0' ? '1' : '0';
  const auto key = asterism::testing::test_key(1);
  members.signature = key.sign(as_bytes(members.text)).value();
  members.key.assign(key.public_key().spki().begin(), key.public_key().spki().end());
  const auto verdicts = world.verdicts(members).value();
  BOOST_TEST(verdicts.at(0).reason.contains("extra_data"), verdicts.at(0).reason);
}
