// SPDX-License-Identifier: Apache-2.0
// Logs of real machines: one replays to the registers of its quote; others are refused for what they are.
#include <boost/test/unit_test.hpp>

#include "common/fs.hpp"
#include "event-log/ccel.hpp"
#include "event-log/data_check.hpp"
#include "event-log/decode.hpp"
#include "event-log/replay.hpp"
#include "event-log/review.hpp"
#include "event-log/tcg_log.hpp"

using namespace asterism;
using namespace asterism::event_log;

namespace {

std::vector<std::byte> data(const std::string& name) {
  return read_file(ASTERISM_SOURCE_DIR "/tests/data/event-log/" + name, log_bytes_max).value();
}

std::size_t contradictions(const EventLog& log) {
  std::size_t count = 0;
  for (const LoggedEvent& event : log.events) {
    if (check_data(event).value() == DataCheck::contradicts) ++count;
  }
  return count;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_tdx_log_replays_to_the_registers_of_its_quote) {
  const auto bytes = data("ccel_data.dat");
  const auto table = data("ccel_table.dat");
  const auto quote = data("cos-113-tdx-quote.dat");
  const auto log = parse_ccel(ByteView{bytes}, ByteView{table}).value();
  const auto registers = replay(log).value().at(HashAlgorithm::sha384);
  // Quote version 4: a header of 48 bytes, then the TD report's body with RTMR 0 at 0x148.
  for (std::uint32_t number = 0; number < 4; ++number) {
    const Bytes expected = Bytes{quote}.subspan(48 + 0x148 + 48 * number, 48);
    const auto found = registers.find(number + 1);
    const std::string value = found == registers.end() ? Digest{HashAlgorithm::sha384}.hex() : found->second.hex();
    BOOST_TEST(value == to_hex(expected), register_name(log.registers, number + 1));
  }
  BOOST_TEST(contradictions(log) == 0u);
}

BOOST_AUTO_TEST_CASE(a_changed_digest_changes_the_register) {
  auto bytes = data("ccel_data.dat");
  const auto before = replay(parse_ccel(ByteView{bytes}, std::nullopt).value()).value().at(HashAlgorithm::sha384);
  const auto offset = parse_ccel(ByteView{bytes}, std::nullopt).value().events.back().offset;
  bytes[offset + 14] ^= std::byte{1};
  const auto log = parse_ccel(ByteView{bytes}, std::nullopt).value();
  BOOST_TEST((replay(log).value().at(HashAlgorithm::sha384) != before));
}

BOOST_AUTO_TEST_CASE(tpm_logs_are_read_whole) {
  const struct {
    const char* name;
    std::size_t events;
    std::size_t algorithms;
  } rows[] = {{"cos-101-amd-sev.bin", 48, 3}, {"ubuntu-1804-amd-sev.bin", 87, 3}, {"crypto_agile_eventlog", 26, 1}};
  for (const auto& row : rows) {
    const auto bytes = data(row.name);
    const auto log = parse_event_log(ByteView{bytes}).value();
    BOOST_TEST(log.events.size() == row.events, row.name << " " << log.events.size());
    BOOST_TEST(log.spec.algorithms.size() == row.algorithms);
    BOOST_TEST(log.size_bytes == bytes.size());
    BOOST_TEST(contradictions(log) == 0u, row.name);
  }
}

BOOST_AUTO_TEST_CASE(a_direct_boot_under_tdx_is_read) {
  const auto bytes = data("CCEL_unpadded.data.bin");
  const auto log = parse_event_log(ByteView{bytes}).value();
  BOOST_TEST((log.registers == RegisterSet::tdx));
  BOOST_TEST(log.events.size() == 19u);
  BOOST_TEST(to_text(decode(log.events.at(0))).starts_with("TdxTable, 1 tables"));
}

BOOST_AUTO_TEST_CASE(logs_of_tpm_1_2_are_refused_with_the_reason) {
  for (const char* name : {"debian-10.bin", "ebs_event_missing_eventlog", "short_no_action_eventlog"}) {
    const auto bytes = data(name);
    const auto log = parse_event_log(ByteView{bytes});
    BOOST_REQUIRE(!log);
    BOOST_TEST((log.error().code() == Errc::unsupported), name);
    BOOST_TEST(log.error().message().contains("TPM 1.2"), log.error().message());
  }
}
