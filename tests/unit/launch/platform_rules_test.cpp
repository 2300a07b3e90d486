// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/platform_rules.hpp"

#include <boost/test/unit_test.hpp>

#include "manifest/launch.hpp"
#include "measured-boot/launch/firmware_pcrs.hpp"
#include "support/ovmf_builder.hpp"

using namespace asterism;
using namespace asterism::measured_boot;

BOOST_AUTO_TEST_CASE(every_platform_has_rules_for_every_pcr) {
  for (const std::string_view name : manifest::platforms) {
    const auto rules = find_platform(name).value();
    BOOST_TEST(rules.pcrs.size() == 16u);
    for (const PlatformPcr& pcr : rules.pcrs) {
      BOOST_TEST((!pcr.why.empty() && pcr.source.size() > 3), name << " PCR " << pcr.pcr);
    }
    // What the image determines is enforced wherever it runs.
    for (const PcrIndex pcr :
         {pcr_boot_loader_code, pcr_kernel_initrd, pcr_kernel_boot, pcr_kernel_config, pcr_sysexts})
      BOOST_TEST((rules.pcrs[pcr].rule == PcrRule::enforced), name << " PCR " << pcr);
  }
  BOOST_TEST((find_platform("vsphere").error().code() == Errc::not_found));
}

BOOST_AUTO_TEST_CASE(the_table_says_what_this_run_predicts) {
  const auto rules = find_platform("gcp").value();
  const auto text = platform_table(rules, {4, 9});
  BOOST_TEST(text.contains("PCR  4  enforced       predicted "), text);
  BOOST_TEST(text.contains("PCR 11  enforced       not predicted "), text);
}

// PCR with only the separator, as an OVMF guest usually has it in PCR 2, 3 and 6.
BOOST_AUTO_TEST_CASE(firmware_pcrs_of_ovmf) {
  const auto file = testing::OvmfBuilder::amd_sev().build();
  const auto pcrs = firmware_pcrs(firmware::Ovmf::parse(ByteView{file}).value()).value();
  BOOST_REQUIRE(pcrs.size() == 4u);
  BOOST_TEST((!pcrs[0].value && !pcrs[1].value));
  for (const PcrIndex pcr : {2U, 3U}) {
    BOOST_TEST(pcrs[pcr].value.value().sha256.hex() ==
               "3d458cfe55cc03ea1f443f1562beec8df51c75e14a9fcf9a7234a13f198e7969");
    BOOST_TEST(pcrs[pcr].value.value().sha384.hex() ==
               "518923b0f955d08da077c96aaba522b9decede61c599cea6c41889cfbea4ae4d50529d96fe4d1afdafb65e7f95bf23c4");
  }
  const std::vector<std::byte> plain(4096);
  BOOST_TEST((firmware_pcrs(firmware::Ovmf::parse(ByteView{plain}).value()).error().code() == Errc::unsupported));
}
