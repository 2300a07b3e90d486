// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/uki.hpp"

#include <boost/test/unit_test.hpp>

#include "support/pe_builder.hpp"

using namespace asterism;
using namespace asterism::measured_boot;
using testing::PeBuilder;

namespace {

std::string summary(const std::vector<UkiSection>& sections) {
  std::string text;
  for (const UkiSection& section : sections) {
    text += std::format("{}={}{} ", section.name, as_text(section.content.data), section.measured ? "" : "!");
  }
  return text;
}

std::string profile(const PeBuilder& builder, unsigned number) {
  const auto file = builder.build();
  return summary(Uki::parse(ByteView{file}).value().sections(number).value());
}

Errc refusal(const PeBuilder& builder) {
  const auto file = builder.build();
  const auto uki = Uki::parse(ByteView{file});
  BOOST_REQUIRE(!uki);
  return uki.error().code();
}

PeBuilder base(const std::string& version = "257") {
  return PeBuilder{}.stub(version).section(".initrd", "I").section(".linux", "L").section(".cmdline", "C");
}

}  // namespace

BOOST_AUTO_TEST_CASE(sections_come_in_canonical_order) {
  BOOST_TEST(profile(base().section(".osrel", "O").section(".pcrsig", "S").section(".text", "T"), 0) ==
             ".linux=L .osrel=O .cmdline=C .initrd=I .pcrsig=S! ");
}

BOOST_AUTO_TEST_CASE(old_stubs_do_not_know_new_sections) {
  BOOST_TEST(profile(base("253").section(".uname", "U"), 0) == ".linux=L .cmdline=C .initrd=I ");
  BOOST_TEST(profile(base("254").section(".uname", "U"), 0) == ".linux=L .cmdline=C .initrd=I .uname=U ");
}

BOOST_AUTO_TEST_CASE(empty_sections_do_not_exist) {
  auto file = base().section(".osrel", "O").build();
  // VirtualSize of the fifth section, .osrel.
  file[0x148 + 4 * 40 + 8] = std::byte{0};
  BOOST_TEST(summary(Uki::parse(ByteView{file}).value().sections(0).value()) == ".linux=L .cmdline=C .initrd=I ");
}

BOOST_AUTO_TEST_CASE(profiles_override_the_base) {
  const PeBuilder builder = base()
                                .section(".profile", "ID=main")
                                .section(".profile", "ID=debug")
                                .section(".cmdline", "D")
                                .section(".profile", "ID=last")
                                .section(".osrel", "O");
  const auto file = builder.build();
  BOOST_TEST(Uki::parse(ByteView{file}).value().profile_count() == 3u);
  BOOST_TEST(profile(builder, 0) == ".linux=L .cmdline=C .initrd=I .profile=ID=main ");
  BOOST_TEST(profile(builder, 1) == ".linux=L .cmdline=D .initrd=I .profile=ID=debug ");
  BOOST_TEST(profile(builder, 2) == ".linux=L .osrel=O .cmdline=C .initrd=I .profile=ID=last ");
  BOOST_TEST((Uki::parse(ByteView{file}).value().sections(3).error().code() == Errc::not_found));
}

BOOST_AUTO_TEST_CASE(without_profile_sections_there_is_one_profile) {
  const auto file = base().build();
  const auto uki = Uki::parse(ByteView{file}).value();
  BOOST_TEST(uki.profile_count() == 1u);
  BOOST_TEST((uki.sections(1).error().code() == Errc::not_found));
}

BOOST_AUTO_TEST_CASE(zero_fill_is_part_of_the_section) {
  const auto file = PeBuilder{}.stub("257").section(".linux", std::string(0x200, 'L'), 0x300).build();
  const auto sections = Uki::parse(ByteView{file}).value().sections(0).value();
  BOOST_TEST(sections.at(0).content.size() == 0x300u);
  BOOST_TEST(sections.at(0).content.zeros_after == 0x100u);
}

BOOST_AUTO_TEST_CASE(refuses_what_other_tools_would_read_otherwise) {
  BOOST_TEST((refusal(base().section(".cmdline", "again")) == Errc::corrupt));
  BOOST_TEST((refusal(base().section(".profile", "P").section(".osrel", "1").section(".osrel", "2")) == Errc::corrupt));
  BOOST_TEST((refusal(PeBuilder{}.stub("257").section(".initrd", "I")) == Errc::corrupt));
  BOOST_TEST((refusal(base().section(".dtbauto", "D")) == Errc::unsupported));
  BOOST_TEST((refusal(base("258").section(".efifw", "F")) == Errc::unsupported));
  BOOST_TEST((refusal(base("256").section(".profile", "P")) == Errc::unsupported));
  BOOST_TEST((refusal(base("300")) == Errc::unsupported));
  BOOST_TEST((refusal(PeBuilder{}.section(".linux", "L")) == Errc::unsupported));
}

BOOST_AUTO_TEST_CASE(sections_of_unknown_names_may_repeat) {
  BOOST_TEST(profile(base().section(".text", "1").section(".text", "2"), 0) == ".linux=L .cmdline=C .initrd=I ");
}

BOOST_AUTO_TEST_CASE(more_than_256_profiles_are_refused) {
  PeBuilder builder = base();
  for (int i = 0; i < 257; ++i)
    builder.section(".profile", "P");
  BOOST_TEST((refusal(builder) == Errc::unsupported));
}
