// SPDX-License-Identifier: Apache-2.0
// Values that others published or that systemd-measure 252 printed.
#include <boost/test/unit_test.hpp>

#include "efi/utf16.hpp"
#include "measured-boot/boot_events.hpp"
#include "measured-boot/secure_boot.hpp"
#include "support/bank_digests.hpp"

using namespace asterism;
using namespace asterism::measured_boot;
using measured_boot::testing::filled;

namespace {

std::string pcr(const std::vector<Event>& events, PcrIndex index, Stage last = Stage::ready) {
  return replay(events, index, HashAlgorithm::sha256, last).value().hex();
}

const StubModel& model(unsigned version) {
  return *find_stub_model(version).value();
}

}  // namespace

BOOST_AUTO_TEST_CASE(digests_of_constant_events) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"Calling EFI Application from Boot Option", "3d6772b4f84ed47595d72a2c4c5ffd15f5bb72c7507fe26f2aaee2c69d5633ba"},
      {std::string_view{"\0\0\0\0", 4}, "df3f619804a92fdb4057192dc43dd748ea778adc52bc498ce80524c014b81119"},
      {"enter-initrd", "51e6b92f405d1f98d96e3de343d61d420ad6923b25de21d766f9298192f14fed"},
      {"leave-initrd", "3be261aff7db92bf507eae947f4003ffa2bcad0bffe3524601d62d0bc8be7135"},
      {"sysinit", "730bb5a583ba880c277e656d2dc8aba1a314a11b14d25b05153d2bab82567a48"},
      {"ready", "b24d6d33736ecd5604a4b17bc9c6481039fac362bb7df044ef1c10a2bfd21db6"},
      {"os-separator", "ff5b9d73dad709633ae76adf444012b57e913a12ed7403c3931145862f35f841"},
  };
  for (const auto& [text, digest] : rows) {
    BOOST_TEST(hash_banks(as_bytes(text)).value().sha256.hex() == digest, printable(text));
  }
  const std::pair<std::string_view, std::string_view> rows_384[] = {
      {"Calling EFI Application from Boot Option", "77a0dab2312b4e1e57a84d865a21e5b2"},
      {std::string_view{"\0\0\0\0", 4}, "394341b7182cd227c5c6b07ef8000cdf"},
      {"enter-initrd", "687eef3a3a8c716439b5ed583657e866"},
      {"leave-initrd", "9c0743b7a2e1ee06c70b7137b763cd22"},
      {"sysinit", "955cc8939f81d862b3119aabe612fd36"},
      {"ready", "23ed5781da39fe6dc17f79478aeeb9eb"},
      {"os-separator", "5f2a9be7b55475435f46c343bb8c224d"},
  };
  for (const auto& [text, start] : rows_384) {
    BOOST_TEST(hash_banks(as_bytes(text)).value().sha384.hex().starts_with(start), printable(text));
  }
}

BOOST_AUTO_TEST_CASE(a_separator_alone) {
  const std::byte zeros[4]{};
  const std::vector<Event> events{
      {.pcr = 2, .stage = Stage::firmware, .what = "", .digests = hash_banks(zeros).value()}};
  BOOST_TEST(pcr(events, 2) == "3d458cfe55cc03ea1f443f1562beec8df51c75e14a9fcf9a7234a13f198e7969");
  BOOST_TEST(replay(events, 2, HashAlgorithm::sha384).value().hex() ==
             "518923b0f955d08da077c96aaba522b9decede61c599cea6c41889cfbea4ae4d50529d96fe4d1afdafb65e7f95bf23c4");
}

BOOST_AUTO_TEST_CASE(pcr_4_of_two_boot_stages) {
  BootDigests digests;
  digests.boot_loader = filled(0);
  digests.uki = filled(1);
  const auto events = boot_events(model(257), SecureBoot::on, 0, digests).value();
  BOOST_TEST(pcr(events, 4) == "22116dee861aa6b44242ac469eab24cead344d52c77131f54ac1cac9d6a2408e");
}

BOOST_AUTO_TEST_CASE(pcr_9_of_a_command_line_and_an_initrd) {
  BootDigests digests;
  digests.load_options = hash_banks(efi::utf16_bytes(u"console=tty0", /* with_nul= */ true)).value();
  digests.initrd = filled(0);
  const auto events = boot_events(model(257), SecureBoot::on, 0, digests).value();
  BOOST_TEST(pcr(events, 9) == "eb4f7bca865807d3163b95174d6e66cfc74acf8b930a553e95ec94662cb6facd");
}

BOOST_AUTO_TEST_CASE(pcr_11_of_two_sections) {
  BootDigests digests;
  digests.sections = {{".linux", filled(0)}, {".initrd", filled(1)}};
  const auto events = boot_events(model(257), SecureBoot::on, 0, digests).value();
  BOOST_TEST(pcr(events, 11, Stage::stub) == "9dfe399fcd4432639f0e20f49df823aa66b095f0664f0a4b9fbdc11ea64683e2");
}

BOOST_AUTO_TEST_CASE(pcr_11_of_systemd_measure_252) {
  BootDigests digests;
  digests.sections = {{".linux", hash_banks(as_bytes(std::string(100, 'L'))).value()},
                      {".osrel", hash_banks(as_bytes("ID=x\n")).value()},
                      {".cmdline", hash_banks(as_bytes("quiet")).value()},
                      {".initrd", hash_banks(as_bytes(std::string(50, 'I'))).value()}};
  const auto events = boot_events(model(252), SecureBoot::off, 0, digests).value();
  const std::pair<Stage, std::string_view> rows[] = {
      {Stage::stub, "7153d9d97fe60b84db3e07776e808f1c6eeace93e2162914e1a25e4e37dcb4c4"},
      {Stage::enter_initrd, "5ad3c71c6c8b1319ffb7670f46e366002a1832bcd0da12e5a57ee5093beba026"},
      {Stage::leave_initrd, "a53df0b8456225f2c864e9d1f33e906482f673f712b60bf839e8f97d7d162e3e"},
      {Stage::sysinit, "17d088e0d135b6b1487d1805542a7a24aa92f36cecfb187cf5b95a116ca9c404"},
      {Stage::ready, "7419d310c2279e66011e577cc01bc374efdfc71054520233e77e19e70a52d017"},
  };
  for (const auto& [stage, value] : rows)
    BOOST_TEST(pcr(events, 11, stage) == value, to_string(stage));
}

BOOST_AUTO_TEST_CASE(pcr_7_without_any_keys) {
  BOOST_TEST(pcr(secure_boot_events(SecureBoot::absent, {}, {}).value(), 7) ==
             "b5710bf57d25623e4019027da116821fa99f5c81e9e38b87671cc574f9281439");
  BOOST_TEST(pcr(secure_boot_events(SecureBoot::off, {}, {}).value(), 7) ==
             "65caf8dd1e0ea7a6347b635d2b379c93b9a1351edc2afc3ecda700e534eb3068");
}
