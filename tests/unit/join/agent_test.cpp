// SPDX-License-Identifier: Apache-2.0
// Retries, and what lies in the folder afterwards.
#include <filesystem>
#include <fstream>

#include <boost/test/unit_test.hpp>
#include <sys/stat.h>

#include "common/fs.hpp"
#include "join/document.hpp"
#include "join/network_state.hpp"
#include "join_world.hpp"
#include "support/fat_builder.hpp"

using namespace asterism;
using namespace asterism::join;
using asterism::testing::Cluster;
using asterism::testing::FatBuilder;
using asterism::testing::Machine;

namespace {

constexpr const char* disk = "0f8b9e7c-1d2a-4c3b-8e5f-6a7b8c9d0e1f";

unsigned mode_of(const std::string& path) {
  struct stat status{};
  BOOST_REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777;
}

}  // namespace

BOOST_AUTO_TEST_CASE(it_goes_on_to_the_next_endpoint_and_waits_longer_each_round) {
  const asterism::testing::TpmMaker maker;
  Machine node{maker, "node"};
  const Cluster cluster{maker};
  auto config = cluster.node_config();
  config.endpoints = {{.host = "a", .port = "1"}, {.host = "b", .port = "2"}};
  std::vector<std::string> asked;
  std::vector<std::chrono::milliseconds> waited;
  std::vector<std::string> told;
  auto collector = node.collector();
  const AgentWorld world{.connect = [&](const Endpoint& endpoint) -> Result<UniqueFd> {
                           asked.push_back(endpoint.to_string());
                           return fail(Errc::unavailable, "nobody there");
                         },
                         .pause =
                             [&](std::chrono::milliseconds time) {
                               waited.push_back(time);
                               return true;
                             },
                         .tell = [&](const std::string& line) { told.push_back(line); }};
  const auto outcome =
      join_cluster(config, "", collector, world,
                   {.first = std::chrono::milliseconds{100}, .most = std::chrono::milliseconds{300}, .rounds = 4});
  BOOST_REQUIRE(!outcome);
  BOOST_TEST((outcome.error().code() == Errc::unavailable));
  BOOST_TEST((asked == std::vector<std::string>{"a:1", "b:2", "a:1", "b:2", "a:1", "b:2", "a:1", "b:2"}));
  BOOST_TEST(told.front() == "a:1: nobody there");
  BOOST_REQUIRE(waited.size() == 3U);
  const int wanted[] = {100, 200, 300};
  for (std::size_t i = 0; i < waited.size(); ++i)
    BOOST_TEST((waited[i].count() >= wanted[i] * 3 / 4 && waited[i].count() <= wanted[i] * 5 / 4), waited[i].count());
}

BOOST_AUTO_TEST_CASE(what_is_staged_is_for_root_alone) {
  const asterism::testing::TpmMaker maker;
  Machine node{maker, "node"};
  Cluster cluster{maker};
  cluster.publish(asterism::testing::manifest_of(node), "1.0");
  cluster.start();
  const auto config = cluster.node_config();
  const auto admission = cluster.ask(node, config, disk).value();
  const std::string folder = std::filesystem::absolute("staged").string();
  std::filesystem::remove_all(folder);
  BOOST_REQUIRE(stage(folder, admission, config, disk));
  BOOST_TEST(mode_of(folder) == 0700U);
  for (const char* name : {"ca.crt", "kubelet.pem", "kubelet.kubeconfig", "kubelet.env", "disk-key", "report.json"})
    BOOST_TEST(mode_of(folder + "/" + name) == 0600U, name);
  BOOST_TEST((read_file(folder + "/disk-key", 64).value().size() == disk_key_bytes));
  const auto pair = read_text_file(folder + "/kubelet.pem", 1 << 16).value();
  BOOST_TEST(pair.contains("BEGIN CERTIFICATE"));
  BOOST_TEST(pair.contains("BEGIN PRIVATE KEY"));
  BOOST_TEST(read_text_file(folder + "/kubelet.env", 200).value() ==
             "ASTERISM_NODE_NAME=worker-1\n"
             "ASTERISM_CLUSTER_OPTIONS=--cluster-dns=10.96.0.10,fd00::a --cluster-domain=cluster.local\n");
  auto other = cluster.node_config("worker-2");
  BOOST_TEST((stage(folder, admission, other, disk).error().code() == Errc::unverified));
}

BOOST_AUTO_TEST_CASE(the_document_is_copied_whatever_is_in_it) {
  const auto document = [](const FatBuilder& fat) {
    return read_document(efi::FatVolume::open(ByteView{fat.volume()}).value());
  };
  const auto with = [](const std::string& in_folder) {
    FatBuilder fat;
    fat.root(FatBuilder::entry("ASTERISM   ", 0x10, 5, 0));
    fat.store({5}, in_folder);
    return fat;
  };
  const auto named = [](std::uint8_t attributes, std::uint32_t size) {
    return FatBuilder::long_name(u"node.json", "NODE~1  JSO") + FatBuilder::entry("NODE~1  JSO", attributes, 6, size);
  };
  BOOST_TEST(!document(FatBuilder{}).value());
  FatBuilder no_folder;
  no_folder.root(FatBuilder::entry("ASTERISM   ", 0x20, 5, 27));
  no_folder.store({5}, "a file in the folder's place");
  BOOST_TEST(!document(no_folder).value());
  BOOST_TEST(!document(with("")).value());
  BOOST_TEST((document(with(named(0x10, 0))).error().code() == Errc::corrupt));
  FatBuilder good = with(named(0x20, 8));
  good.store({6}, "not JSON");
  BOOST_TEST(as_text(document(good).value().value()) == "not JSON");
  BOOST_TEST(document(with(named(0x20, 0))).value().value().empty());
  BOOST_TEST((document(with(named(0x20, 513))).error().code() == Errc::corrupt));  // its chain is shorter
  // Refused for what it says, before anything is read.
  const auto large = document(with(named(0x20, (64U << 10) + 1)));
  BOOST_TEST((large.error().code() == Errc::corrupt));
  BOOST_TEST(large.error().message().contains("65536 are the most"), large.error().message());
}

BOOST_AUTO_TEST_CASE(a_network_counts_when_others_can_be_reached) {
  BOOST_TEST(!is_routable(""));
  BOOST_TEST(!is_routable("OPER_STATE=carrier\nCARRIER_STATE=carrier\n"));
  BOOST_TEST(!is_routable("OPER_STATE=degraded\nX=OPER_STATE=routable\n"));
  BOOST_TEST(!is_routable("OPER_STATE=routable2\n"));
  BOOST_TEST(is_routable("# comment\nOPER_STATE=routable\nCARRIER_STATE=carrier\n"));
  BOOST_TEST(is_routable("OPER_STATE=routable"));
}

BOOST_AUTO_TEST_CASE(only_addresses_become_name_servers) {
  BOOST_TEST(resolver_configuration("") == "");
  BOOST_TEST(resolver_configuration("OPER_STATE=routable\nDNS=10.0.2.3 fd00::3\nNTP=10.0.0.1\n") ==
             "nameserver 10.0.2.3\nnameserver fd00::3\n");
  BOOST_TEST(resolver_configuration("DNS=name.example 1.1.1.1;x 1.2.3 bad ::: 9.9.9.9\n") == "nameserver 9.9.9.9\n");
  BOOST_TEST(resolver_configuration("DNS=1.1.1.1 2.2.2.2 3.3.3.3 4.4.4.4\n") ==
             "nameserver 1.1.1.1\nnameserver 2.2.2.2\nnameserver 3.3.3.3\n");
}
