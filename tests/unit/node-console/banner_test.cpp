// SPDX-License-Identifier: Apache-2.0
#include "node-console/banner.hpp"

#include <algorithm>

#include <boost/test/unit_test.hpp>

#include "common/json.hpp"
#include "node-console/testing/fake_units.hpp"

using namespace asterism;
using namespace asterism::node_console;

namespace {

NodeReport healthy() {
  NodeReport report;
  report.facts.os = {.name = "Asterism", .version = "0.1.0", .variant = "release"};
  report.facts.root_hash = std::string(64, '3');
  report.facts.secure_boot = SecureBoot::on;
  report.facts.has_tpm = true;
  for (const unsigned pcr : shown_pcrs)
    report.facts.pcrs[pcr] = std::string(64, "0123456789abcdef"[pcr]);
  report.facts.pcrs.erase(13);
  report.facts.host_name = "node-1";
  report.facts.addresses = {"10.0.2.15", "fd00::1"};
  node_console::testing::FakeManager manager;
  manager.start("containerd.service");
  manager.refuse_to_start("kubelet.service", "ConditionPathExists=/run/asterism/join/kubelet.kubeconfig");
  manager.fail_with_exit_code("asterism-join.service", 5);
  manager.reach_ready_target();
  report.units = manager.units();
  report.units->start_up = {.kernel = std::chrono::milliseconds{1234}, .initramfs = std::chrono::milliseconds{98765}};
  return report;
}

constexpr std::string_view healthy_banner = R"(
Asterism 0.1.0 (release)
  root hash    3333333333333333333333333333333333333333333333333333333333333333
  Secure Boot  on
  PCR 4        4444444444444444444444444444444444444444444444444444444444444444
  PCR 7        7777777777777777777777777777777777777777777777777777777777777777
  PCR 9        9999999999999999999999999999999999999999999999999999999999999999
  PCR 11       bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
  PCR 12       cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
  PCR 13       unknown
  PCR 15       ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
  host name    node-1
  address      10.0.2.15
  address      fd00::1
  start-up     kernel 1.23 s, initramfs 98.77 s
  agents
    containerd               active
    kubelet                  waiting: join credentials (ConditionPathExists=/run/asterism/join/kubelet.kubeconfig)
    asterism-join            failed: exit code 5
)";

constexpr std::string_view empty_banner = R"(
unknown unknown (unknown)
  *** NOT A RELEASE IMAGE: has a shell or other tools inside. Its measurements differ, ***
  *** no secret of a node is given to it. Never run it in production. ***
  root hash    unknown
  Secure Boot  unknown
  TPM          no TPM
  host name    unknown
  address      none
  agents       unknown
)";

}  // namespace

BOOST_AUTO_TEST_CASE(banner_of_a_node_that_waits_for_its_join) {
  BOOST_TEST(render_banner(healthy()) == healthy_banner);
}

BOOST_AUTO_TEST_CASE(banner_without_a_single_source) {
  BOOST_TEST(render_banner({}) == empty_banner);
}

BOOST_AUTO_TEST_CASE(debug_image_says_so) {
  auto report = healthy();
  report.facts.os.variant = "debug";
  BOOST_TEST(render_banner(report).contains("*** DEBUG IMAGE: "));
  report.facts.os.variant = "release ";
  BOOST_TEST(render_banner(report).contains("*** NOT A RELEASE IMAGE: "));
  report.facts.os.variant = "release";
  BOOST_TEST(!render_banner(report).contains("***"));
}

BOOST_AUTO_TEST_CASE(names_secure_boot_in_each_state) {
  NodeReport report;
  report.facts.secure_boot = SecureBoot::off;
  BOOST_TEST(render_banner(report).contains("Secure Boot  off\n"));
  report.facts.secure_boot = SecureBoot::no_efi;
  BOOST_TEST(render_banner(report).contains("Secure Boot  no EFI firmware\n"));
}

BOOST_AUTO_TEST_CASE(nothing_from_outside_steers_the_terminal) {
  NodeReport report = healthy();
  const std::string hostile = "\x1b]0;x\x07\r\nasterism: ready\n\x9b" + std::string(1000, '\x80');
  report.facts.os = {.name = hostile, .version = hostile, .variant = hostile};
  report.facts.host_name = hostile;
  report.facts.addresses = {hostile};
  for (auto& unit : report.units->agents)
    unit.name = unit.active_state = unit.result = hostile;
  const auto text = render_banner(report);
  BOOST_TEST(std::ranges::all_of(text, [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
  BOOST_TEST(!text.contains("\nasterism: ready"));
  BOOST_TEST(text.size() < 4096U);
}

BOOST_AUTO_TEST_CASE(json_has_all_keys_whatever_is_missing) {
  const auto parsed = parse_json(render_json({})).value();
  const auto& object = *parsed.get_if<Json::Object>();
  std::vector<std::string> keys;
  for (const auto& [key, value] : object)
    keys.push_back(key);
  const std::vector<std::string> expected{"addresses", "agents",    "host_name",   "pcrs",     "product", "profile",
                                          "ready",     "root_hash", "secure_boot", "start_up", "version"};
  BOOST_TEST(keys == expected, boost::test_tools::per_element());
  BOOST_TEST(object.at("agents").is_null());
  BOOST_TEST(object.at("ready").is_null());
  BOOST_TEST(object.at("pcrs").is_null());
  BOOST_TEST(object.at("start_up").is_null());
}

BOOST_AUTO_TEST_CASE(json_says_what_the_banner_says) {
  const auto parsed = parse_json(render_json(healthy())).value();
  const auto& object = *parsed.get_if<Json::Object>();
  BOOST_TEST((object.at("profile") == Json{"release"}));
  BOOST_TEST((object.at("ready") == Json{true}));
  BOOST_TEST((object.at("secure_boot") == Json{"on"}));
  BOOST_TEST((object.at("start_up") == Json{Json::Object{{"kernel_ms", 1234}, {"initramfs_ms", 98765}}}));
  const auto& bank = *object.at("pcrs").get_if<Json::Object>()->at("sha256").get_if<Json::Object>();
  BOOST_TEST(bank.size() == shown_pcrs.size());
  BOOST_TEST((bank.at("11") == Json{std::string(64, 'b')}));
  BOOST_TEST(bank.at("13").is_null());
  const auto& kubelet = *object.at("agents").get_if<Json::Array>()->at(1).get_if<Json::Object>();
  BOOST_TEST((kubelet.at("state") == Json{"waiting"}));
  BOOST_TEST(
      (kubelet.at("reason") == Json{"join credentials (ConditionPathExists=/run/asterism/join/kubelet.kubeconfig)"}));
}
