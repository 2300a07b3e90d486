// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "attestation/tdx_world.hpp"
#include "common/fs.hpp"
#include "join/node_config.hpp"
#include "join/service_config.hpp"
#include "join/tdx_collateral.hpp"
#include "support/signing.hpp"
#include "support/text_table.hpp"

using namespace asterism;
using namespace asterism::join;
namespace bdata = boost::unit_test::data;

namespace {

std::string good(const char* name) {
  std::string text =
      read_text_file(std::string{ASTERISM_SOURCE_DIR} + "/tests/unit/join/" + name + ".json", 1 << 16).value();
  std::string trust = asterism::testing::test_policy(1).to_json().to_text();
  const std::string place = "\"TRUST\"";
  return text.replace(text.find(place), place.size(), trust);
}

template <class Parsed>
void expect_refusal(const Parsed& parsed, const asterism::testing::TextRow& row) {
  BOOST_REQUIRE(!parsed);
  BOOST_TEST(to_string(parsed.error().code()) == row.code, parsed.error().message());
  BOOST_TEST(parsed.error().message().contains("configuration: "), parsed.error().message());
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_node_configuration) {
  const auto config = parse_node_config(good("node")).value();
  BOOST_TEST(config.cluster == "prod.example");
  BOOST_TEST(config.name == "worker-1");
  BOOST_REQUIRE(config.endpoints.size() == 2U);
  BOOST_TEST(config.endpoints[0].to_string() == "join.example:8445");
  BOOST_TEST(config.endpoints[1].to_string() == "[fd00::1]:8445");
  BOOST_TEST(config.evidence.contains(attestation::EvidenceKind::tpm));
  BOOST_TEST(!config.recovery.has_value());
}

BOOST_AUTO_TEST_CASE(a_node_that_can_be_recovered) {
  std::string text = good("node");
  const std::string id(64, 'a');
  text.insert(text.find('{') + 1, std::format(R"("recovery":{{"listen":"[::]:8447","operators":["{}"]}},)", id));
  const auto config = parse_node_config(text).value();
  BOOST_TEST(config.recovery.value().listen.to_string() == "[::]:8447");
  BOOST_TEST((config.recovery.value().operators == std::set{id}));
}

BOOST_AUTO_TEST_CASE(a_service_configuration) {
  const auto config = parse_service_config(good("service")).value();
  BOOST_TEST(config.names.size() == 2U);
  BOOST_TEST(config.names[1].first_come);
  BOOST_TEST(config.demands.scopes.size() == 1U);
  BOOST_TEST((config.demands.scopes[0].stage == manifest::Stage::enter_initrd));
  BOOST_TEST(config.demands.snp_floors.at(attestation::SnpProduct::milan).microcode == 209);
  BOOST_TEST(config.kubernetes.endpoint == "https://api.example:6443");
  BOOST_TEST(servers_text(config.dns) == "10.96.0.10,fd00:10:96::a");
  BOOST_TEST(config.dns.domain == "cluster.local");
  BOOST_TEST(config.sessions_max == 16U);
}

BOOST_AUTO_TEST_CASE(a_service_for_other_kinds_of_evidence) {
  const auto key = asterism::testing::make_ec_key("P-384");
  const auto chip = asterism::testing::issue({.common_name = "SEV-VCEK", .ca = true}, key).certificate;
  std::string text = good("service");
  const std::string at = R"("tpm_roots": [])";
  text.replace(
      text.find(at), at.size(),
      std::format(R"("tpm_roots": [], "snp_certificates": [{}], "snp_id_keys": ["{}"], "tdx_collateral": "/c")",
                  Json{asterism::testing::pem(chip)}.to_text(), std::string(96, 'a')));
  const auto config = parse_service_config(text).value();
  BOOST_TEST((config.demands.snp_certificates == std::vector<std::vector<std::byte>>{chip.der().value()}));
  BOOST_REQUIRE(config.demands.snp.id_keys.size() == 1U);
  BOOST_TEST((config.demands.snp.id_keys[0][47] == std::byte{0xaa}));
  BOOST_TEST(config.demands.tdx_collateral == "/c");
}

BOOST_AUTO_TEST_CASE(intels_collateral_lies_in_a_folder) {
  std::filesystem::remove_all("collateral");
  std::filesystem::create_directory("collateral");
  for (const char* name : {"tcb-info.json", "qe-identity.json", "signing-chain.pem", "pck.crl", "root.crl"}) {
    const auto missing = load_tdx_collateral("collateral");
    BOOST_TEST((missing.error().code() == Errc::not_found));
    BOOST_TEST(missing.error().message().contains(name), missing.error().message());
    write_file_atomically(std::string{"collateral/"} + name, as_bytes(name)).value();
  }
  const auto texts = load_tdx_collateral("collateral").value();
  BOOST_TEST(texts.tcb_info == "tcb-info.json");
  BOOST_TEST(texts.qe_identity == "qe-identity.json");
  BOOST_TEST(texts.signing_chain == "signing-chain.pem");
  BOOST_TEST(as_text(texts.pck_crl) == "pck.crl");
  BOOST_TEST(as_text(texts.root_crl) == "root.crl");
}

BOOST_DATA_TEST_CASE(hostile_node_configurations, bdata::make(asterism::testing::text_table("join/node_hostile.txt")),
                     row) {
  expect_refusal(parse_node_config(row.apply(good("node"))), row);
}

BOOST_DATA_TEST_CASE(wrong_service_configurations,
                     bdata::make(asterism::testing::text_table("join/service_hostile.txt")), row) {
  expect_refusal(parse_service_config(row.apply(good("service"))), row);
}
