// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/launch/rtmr.hpp"

#include <boost/test/unit_test.hpp>

#include "measured-boot/boot_events.hpp"
#include "measured-boot/launch/gpt_event.hpp"
#include "support/bank_digests.hpp"

using namespace asterism;
using namespace asterism::measured_boot;
using measured_boot::testing::filled;

namespace {

/// A boot through systemd-boot with two sections, command line and initrd.
std::vector<Event> boot(unsigned stub, SecureBoot state, unsigned profile) {
  BootDigests digests;
  digests.boot_loader = filled(1);
  digests.uki = filled(2);
  digests.inner_kernel = filled(3);
  digests.sections = {{".linux", filled(3)}, {".osrel", filled(4)}};
  digests.load_options = filled(5);
  digests.initrd = filled(6);
  return boot_events(*find_stub_model(stub).value(), state, profile, digests).value();
}

std::vector<std::string> names(const std::vector<RtmrEvent>& events) {
  std::vector<std::string> out;
  for (const RtmrEvent& event : events)
    out.push_back(event.what);
  return out;
}

using Names = std::vector<std::string>;

const Names sections{"name of section .linux", "content of section .linux", "name of section .osrel",
                     "content of section .osrel"};
const Names kernel{"kernel command line", "initrd"};

Names joined(std::initializer_list<Names> parts) {
  Names out;
  for (const Names& part : parts)
    out.insert(out.end(), part.begin(), part.end());
  return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(rtmr1_in_the_order_of_the_boot) {
  const TdxActors actors{.stub = 257, .boot_loader = 257};
  const auto off = rtmr1_events(boot(257, SecureBoot::off, 0), actors, as_bytes("gpt"), true).value();
  const Names wanted{"action: calling the boot option",
                     "separator",
                     "partition table",
                     "image: boot loader",
                     "image: UKI",
                     "image: kernel inside the UKI",
                     "action: Exit Boot Services Invocation",
                     "action: Exit Boot Services Returned with Success"};
  BOOST_TEST(names(off) == wanted, boost::test_tools::per_element());
  BOOST_TEST((off[2].digest == sha384(as_bytes("gpt")).value()));
  BOOST_TEST((off[6].digest->hex().starts_with("214b0bef1379756011344877743fdc2a")));
  BOOST_TEST((off[7].digest->hex().starts_with("0a2e01c85deae718a530ad8c6d20a840")));

  // Secure Boot on, or a stub that starts the kernel itself: the inner kernel is not measured.
  BOOST_TEST(rtmr1_events(boot(257, SecureBoot::on, 0), actors, as_bytes("gpt"), true).value().size() == 7u);
  BOOST_TEST(rtmr1_events(boot(258, SecureBoot::off, 0), actors, as_bytes("gpt"), true).value().size() == 7u);
  // Firmware before edk2-stable202411 has no separator there, and the os-separator of systemd 261 is for TPMs.
  const auto older = rtmr1_events(boot(261, SecureBoot::off, 0), actors, as_bytes("gpt"), false).value();
  BOOST_TEST(older.size() == 6u);
  BOOST_TEST(older[1].what == "partition table");
}

BOOST_AUTO_TEST_CASE(rtmr1_of_a_boot_loader_that_measures_more_is_not_guessed) {
  const TdxActors actors{.stub = 261, .boot_loader = 261};
  const auto events = rtmr1_events(boot(261, SecureBoot::off, 0), actors, as_bytes("gpt"), true);
  BOOST_TEST((events.error().code() == Errc::unsupported));
}

BOOST_AUTO_TEST_CASE(rtmr2_by_the_version_of_the_stub) {
  const auto rtmr2 = [](unsigned version, unsigned profile, bool kernel_measures) {
    const TdxActors actors{.stub = version, .boot_loader = version, .kernel_measures = kernel_measures};
    return names(rtmr2_events(boot(version, SecureBoot::off, profile), actors));
  };
  BOOST_TEST(rtmr2(252, 0, true) == kernel, boost::test_tools::per_element());
  BOOST_TEST(rtmr2(255, 0, true) == kernel, boost::test_tools::per_element());
  BOOST_TEST(rtmr2(255, 0, false).empty());
  for (const unsigned version : {256U, 257U, 258U, 260U, 261U, 262U})
    BOOST_TEST(rtmr2(version, 0, true) == joined({sections, kernel}), boost::test_tools::per_element());
  BOOST_TEST(rtmr2(257, 0, false) == sections, boost::test_tools::per_element());
  // A profile: systemd-boot's options are a plain event, the number that the stub measures is tagged.
  const Names options{"boot options '@1'"};
  BOOST_TEST(rtmr2(260, 1, true) == joined({options, sections, kernel}), boost::test_tools::per_element());
  BOOST_TEST(rtmr2(261, 1, true) == joined({options, {"profile 1"}, sections, kernel}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(kernels_that_measure_for_tdx) {
  for (const std::string_view release : {"6.9", "6.12.1-test", "7.0", "10.0.1", "", "custom", "6", "6."})
    BOOST_TEST(kernel_measures_to_tdx(release), release);
  for (const std::string_view release : {"6.8.12", "5.17", "6.1.0-13-amd64"})
    BOOST_TEST(!kernel_measures_to_tdx(release), release);
}

BOOST_AUTO_TEST_CASE(rtmr0_is_split) {
  const auto data = tdx_data().value();
  const SecureBootVariables variables{.pk = std::vector<std::byte>(60, std::byte{1}), .kek = {}, .db = {}, .dbx = {}};
  const auto policy = secure_boot_events(SecureBoot::off, variables, {}).value();
  const auto events = rtmr0_events(data.rtmr0_events, as_bytes("store"), SecureBoot::off, variables).value();
  BOOST_REQUIRE(events.size() == data.rtmr0_events.size());
  std::size_t known = 0;
  for (const RtmrEvent& event : events) {
    known += event.digest ? 1U : 0U;
    BOOST_TEST(!event.why.empty(), event.what);
    if (event.what == "variable PK") BOOST_TEST((event.digest == policy[1].digests.sha384));
  }
  BOOST_TEST(known == 7u);  // the store, five variables, a separator
  BOOST_TEST((events[1].digest == sha384(as_bytes("store")).value()));
  BOOST_TEST((replay_rtmr(events).error().code() == Errc::usage));
  BOOST_TEST((replay_rtmr({}).value() == Digest{HashAlgorithm::sha384}));
}

BOOST_AUTO_TEST_CASE(partition_table_event) {
  std::vector<std::byte> disk(512 * 40);
  const auto put = [&](std::size_t offset, std::uint64_t value, std::size_t width) {
    for (std::size_t i = 0; i < width; ++i)
      disk[offset + i] = static_cast<std::byte>((value >> (8 * i)) & 0xff);
  };
  put(512, 0x5452415020494645, 8);
  put(512 + 72, 2, 8);
  put(512 + 80, 4, 4);
  put(512 + 84, 128, 4);
  put(1024, 0xaa, 1);        // entry 0
  put(1024 + 256, 0xbb, 1);  // entry 2
  const auto data = gpt_event_data(ByteView{disk}).value();
  BOOST_TEST(data.size() == 92u + 8u + 2u * 128u);
  BOOST_TEST((ByteView{data}.u64(92, "count").value() == 2u));
  BOOST_TEST((data[100] == std::byte{0xaa} && data[228] == std::byte{0xbb}));

  const std::vector<std::byte> none(4096);
  BOOST_TEST((gpt_event_data(ByteView{none}).error().code() == Errc::corrupt));
  put(512 + 72, ~std::uint64_t{0}, 8);
  BOOST_TEST((gpt_event_data(ByteView{disk}).error().code() == Errc::corrupt));
  put(512 + 72, 39, 8);
  BOOST_TEST(gpt_event_data(ByteView{disk}).has_value());
  put(512 + 72, 40, 8);
  BOOST_TEST((gpt_event_data(ByteView{disk}).error().code() == Errc::corrupt));
  for (const auto& [count, size] : {std::pair{1025U, 128U}, std::pair{4U, 64U}, std::pair{4U, 8192U}}) {
    put(512 + 80, count, 4);
    put(512 + 84, size, 4);
    BOOST_TEST((gpt_event_data(ByteView{disk}).error().code() == Errc::unsupported));
  }
}
