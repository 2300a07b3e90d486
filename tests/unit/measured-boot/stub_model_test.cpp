// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/stub_model.hpp"

#include <boost/test/unit_test.hpp>

#include "support/pe_builder.hpp"

using namespace asterism;
using namespace asterism::measured_boot;
using testing::PeBuilder;

namespace {

std::string measured(unsigned version) {
  std::string names;
  for (const SectionRule& rule : find_stub_model(version).value()->sections) {
    if (rule.measured) names += rule.name;
  }
  return names;
}

Result<StubVersion> version_of(const PeBuilder& builder) {
  const auto file = builder.build();
  return read_stub_version(efi::PeImage::parse(ByteView{file}).value());
}

}  // namespace

BOOST_AUTO_TEST_CASE(sections_per_version) {
  BOOST_TEST(measured(252) == ".linux.osrel.cmdline.initrd.splash.dtb.pcrpkey");
  BOOST_TEST(measured(253) == measured(252));
  BOOST_TEST(measured(254) == ".linux.osrel.cmdline.initrd.splash.dtb.uname.sbat.pcrpkey");
  BOOST_TEST(measured(255) == measured(254));
  BOOST_TEST(measured(256) == ".linux.osrel.cmdline.initrd.ucode.splash.dtb.uname.sbat.pcrpkey");
  BOOST_TEST(measured(257) == measured(256) + ".profile.dtbauto.hwids");
  BOOST_TEST(measured(258) == measured(257) + ".efifw");
  BOOST_TEST(measured(262) == measured(258));
}

BOOST_AUTO_TEST_CASE(models_cover_every_version_once) {
  unsigned next = 252;
  for (const StubModel& model : stub_models()) {
    BOOST_TEST(model.first == next);
    next = model.last + 1;
  }
  BOOST_TEST(next == 263u);
  BOOST_TEST((find_stub_model(251).error().code() == Errc::unsupported));
  BOOST_TEST((find_stub_model(263).error().code() == Errc::unsupported));
}

BOOST_AUTO_TEST_CASE(version_from_magic) {
  const auto version = version_of(PeBuilder{}.stub("257.13-1~deb13u1")).value();
  BOOST_TEST(version.major == 257u);
  BOOST_TEST(version.text == "257.13-1~deb13u1");
}

BOOST_AUTO_TEST_CASE(version_from_sbat) {
  const PeBuilder builder = PeBuilder{}.section(
      ".sbat", "sbat,1,SBAT Version,sbat,1,https://x\nsystemd-stub,1,The systemd Developers,systemd,256.4,https://y\n");
  BOOST_TEST(version_of(builder).value().major == 256u);
}

BOOST_AUTO_TEST_CASE(no_version_is_refused) {
  const PeBuilder rows[] = {PeBuilder{}.section(".text", "x"),
                            PeBuilder{}.section(".sdmagic", "#### LoaderInfo: systemd-boot 257 ####"),
                            PeBuilder{}.section(".sdmagic", "#### LoaderInfo: systemd-stub new ####"),
                            PeBuilder{}.section(".sdmagic", "#### LoaderInfo: systemd-stub ####"),
                            PeBuilder{}.section(".sbat", "systemd-stub,1,x\n"),
                            PeBuilder{}.section(".sbat", ""),
                            PeBuilder{}.stub("257\n"),
                            PeBuilder{}.stub("257" + std::string(100, 'x'))};
  for (const PeBuilder& row : rows)
    BOOST_TEST((version_of(row).error().code() == Errc::unsupported));
}
