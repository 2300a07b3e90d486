// SPDX-License-Identifier: Apache-2.0
#include "event-log/replay.hpp"

#include <set>

#include <boost/test/unit_test.hpp>

#include "event-log/review.hpp"
#include "event-log/tcg_log.hpp"
#include "event-log/testing/log_builder.hpp"

using namespace asterism;
using namespace asterism::event_log;
using asterism::event_log::testing::LogBuilder;

namespace {

constexpr std::string_view exit_called = "Exit Boot Services Invocation";

/// A parsed log that keeps its bytes.
struct Parsed {
  explicit Parsed(const LogBuilder& builder, RegisterSet set = RegisterSet::tpm)
      : bytes{builder.build()}, log{parse_tcg_log(ByteView{bytes}, set).value()} {}
  std::vector<std::byte> bytes;
  EventLog log;
};

std::string locality(char number) {
  return std::string{"StartupLocality\0", 16} + number;
}

std::string value(const Parsed& parsed, std::uint32_t number, HashAlgorithm bank = HashAlgorithm::sha256) {
  return replay(parsed.log).value().at(bank).at(number).hex();
}

std::set<std::string> oddities(const Parsed& parsed) {
  std::set<std::string> names;
  const auto remarks = review(parsed.log).value();
  for (const Remark& remark : remarks)
    names.emplace(to_string(remark.oddity));
  return names;
}

/// A log without oddities to start from.
LogBuilder clean() {
  return LogBuilder{}
      .event(0, event_type::s_crtm_version, "v")
      .separator(0)
      .separator(7)
      .event(5, event_type::efi_action, exit_called)
      .separator(5);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_register_with_a_separator_has_the_published_value) {
  const Parsed parsed{LogBuilder{}.separator(2)};
  BOOST_TEST(value(parsed, 2) == "3d458cfe55cc03ea1f443f1562beec8df51c75e14a9fcf9a7234a13f198e7969");
  BOOST_TEST(value(parsed, 2, HashAlgorithm::sha384) ==
             "518923b0f955d08da077c96aaba522b9decede61c599cea6c41889cfbea4ae4d50529d96fe4d1afdafb65e7f95bf23c4");
  BOOST_TEST(replay(parsed.log).value().at(HashAlgorithm::sha256).size() == 1u);
}

BOOST_AUTO_TEST_CASE(no_action_extends_nothing_and_locality_starts_pcr_0) {
  const Parsed plain{LogBuilder{}.no_action(0, locality('\0')).separator(0).no_action(0, "SP800-155 Event")};
  BOOST_TEST(value(plain, 0) == "3d458cfe55cc03ea1f443f1562beec8df51c75e14a9fcf9a7234a13f198e7969");
  for (const char number : {'\3', '\4'}) {
    const Parsed parsed{LogBuilder{}.no_action(0, locality(number)).separator(0).separator(1)};
    std::vector<std::byte> start(32);
    start.back() = static_cast<std::byte>(number);
    const auto separator = hash(HashAlgorithm::sha256, as_bytes(std::string_view{"\0\0\0\0", 4})).value();
    BOOST_TEST(value(parsed, 0) == hash(HashAlgorithm::sha256, {start, separator.bytes()}).value().hex());
    BOOST_TEST(value(parsed, 1) == value(plain, 0));
  }
}

BOOST_AUTO_TEST_CASE(impossible_localities_are_refused) {
  const Parsed wrong{LogBuilder{}.no_action(0, locality('\1')).separator(0)};
  const Parsed late{LogBuilder{}.separator(0).no_action(0, locality('\3'))};
  const Parsed twice{LogBuilder{}.no_action(0, locality('\3')).no_action(0, locality('\3')).separator(0)};
  for (const Parsed* parsed : {&wrong, &late, &twice})
    BOOST_TEST((replay(parsed->log).error().code() == Errc::corrupt));
}

BOOST_AUTO_TEST_CASE(userspace_goes_on_from_the_firmware) {
  const Parsed parsed{LogBuilder{}.separator(11)};
  UserspaceEvent event;
  event.pcr = 11;
  event.digests.emplace(HashAlgorithm::sha256, Digest{HashAlgorithm::sha256});
  event.digests.emplace(HashAlgorithm::sha384, Digest{HashAlgorithm::sha384});
  UserspaceEvent index;
  index.nv_index = 1;
  const auto banks = replay(parsed.log, std::vector{event, index}).value();
  const auto before = Digest::from_hex(HashAlgorithm::sha256, value(parsed, 11)).value();
  const Digest zeros{HashAlgorithm::sha256};
  BOOST_TEST(banks.at(HashAlgorithm::sha256).at(11).hex() ==
             hash(HashAlgorithm::sha256, {before.bytes(), zeros.bytes()}).value().hex());
  event.digests.erase(HashAlgorithm::sha384);
  BOOST_TEST((replay(parsed.log, std::vector{event}).error().code() == Errc::corrupt));
  const Parsed tdx{LogBuilder{{{algorithm_sha384, 48}}, 1}.separator(2), RegisterSet::tdx};
  BOOST_TEST((replay(tdx.log, std::vector{event}).error().code() == Errc::usage));
}

BOOST_AUTO_TEST_CASE(banks_that_cannot_be_computed_are_left_out) {
  const Parsed parsed{LogBuilder{{{algorithm_sha1, 20}, {algorithm_sha512, 64}}}.separator(1)};
  BOOST_TEST(replay(parsed.log).value().empty());
  BOOST_TEST(computable_banks(parsed.log).empty());
}

BOOST_AUTO_TEST_CASE(a_clean_log_has_no_remarks) {
  BOOST_TEST(oddities(Parsed{clean()}).empty());
}

BOOST_AUTO_TEST_CASE(every_oddity_is_found) {
  const auto zeros = std::string_view{"\0\0\0\0", 4};
  const struct {
    LogBuilder log;
    std::string name;
  } rows[] = {
      {clean().measure(6, event_type::efi_action, as_bytes("a"), as_bytes("b")).separator(6),
       "data-contradicts-digest"},
      {clean().measure(6, event_type::ipl, as_bytes(zeros), as_bytes("x")).separator(6), "disguised-event"},
      {clean().measure(6, event_type::ipl, as_bytes(exit_called), as_bytes("x")).separator(6), "disguised-event"},
      {clean().event(6, event_type::separator, std::string_view{"\1\0\0\0", 4}), "error-separator"},
      {clean().separator(6).separator(6), "second-separator"},
      {clean().event(6, event_type::efi_action, "x"), "missing-separator"},
      {clean().event(0, event_type::efi_action, "x"), "event-behind-separator"},
      {LogBuilder{}.event(7, event_type::efi_variable_authority, "x").separator(7), "authority-before-separator"},
      {clean().event(7, event_type::efi_variable_driver_config, "x"), "policy-behind-separator"},
      {LogBuilder{}.separator(0), "no-exit-boot-services"},
      {clean().event(0, event_type::no_action, "x"), "no-action-with-digest"},
      {clean().event(6, event_type::separator, "x"), "malformed-data"},
  };
  std::set<std::string> seen;
  for (const auto& row : rows) {
    BOOST_TEST(oddities(Parsed{row.log}).contains(row.name), row.name);
    seen.insert(row.name);
  }
  BOOST_TEST(seen.size() == 11u);
}
