// SPDX-License-Identifier: Apache-2.0
#include "event-log/tcg_log.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "event-log/ccel.hpp"
#include "event-log/testing/log_builder.hpp"
#include "support/hostile_table.hpp"

using namespace asterism;
using namespace asterism::event_log;
using asterism::event_log::testing::LogBuilder;

namespace {

std::vector<std::byte> base() {
  return LogBuilder{}.separator(7).event(4, event_type::efi_action, "Calling").build();
}

std::vector<std::byte> tdx_log(std::uint32_t number, std::uint32_t type = event_type::separator) {
  return LogBuilder{{{algorithm_sha384, 48}}, 1}.event(number, type, std::string_view{"\0\0\0\0", 4}).tail(32).build();
}

/// A CCEL table of 56 bytes with a right checksum.
std::vector<std::byte> ccel_table(std::uint8_t cc_type = 2, std::uint64_t log_bytes = 0x10000) {
  std::vector<std::byte> table;
  append(table, as_bytes("CCEL"));
  append_le(table, 56, 4);
  table.resize(36);
  append_le(table, cc_type, 4);
  append_le(table, log_bytes, 8);
  append_le(table, 0x7f000000, 8);
  unsigned sum = 0;
  for (const std::byte b : table)
    sum += std::to_integer<unsigned>(b);
  table[9] = static_cast<std::byte>(256 - sum % 256);
  return table;
}

}  // namespace

BOOST_AUTO_TEST_CASE(reads_what_is_there) {
  const auto bytes = base();
  const auto log = parse_tcg_log(ByteView{bytes}, RegisterSet::tpm).value();
  BOOST_TEST(log.spec.version_major == 2);
  BOOST_TEST(log.spec.errata == 105);
  BOOST_TEST(log.spec.algorithms.size() == 2u);
  BOOST_REQUIRE(log.events.size() == 2u);
  BOOST_TEST(log.events[0].offset == 0x45u);
  BOOST_TEST(log.events[0].register_number == 7u);
  BOOST_TEST(log.events[0].type == event_type::separator);
  BOOST_TEST(to_hex(log.events[0].digest(algorithm_sha256)->bytes) ==
             "df3f619804a92fdb4057192dc43dd748ea778adc52bc498ce80524c014b81119");
  BOOST_TEST(log.events[0].digest(algorithm_sha1) == nullptr);
  BOOST_TEST(as_text(log.events[1].data) == "Calling");
  BOOST_TEST(log.size_bytes == bytes.size());
}

BOOST_DATA_TEST_CASE(hostile, asterism::testing::hostile_table("event-log/tcg_log_hostile.txt"), row) {
  const auto bytes = row.apply(base());
  const auto log = parse_tcg_log(ByteView{bytes}, RegisterSet::tpm);
  BOOST_REQUIRE_MESSAGE(!log, "accepted");
  BOOST_TEST(to_string(log.error().code()) == row.code, log.error().message());
  BOOST_TEST(log.error().message().contains(row.message), log.error().message());
  BOOST_TEST(!log.error().message().contains('\n'));
}

BOOST_AUTO_TEST_CASE(every_cut_is_refused_or_ends_behind_a_record) {
  const auto whole = base();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::vector<std::byte> cut{whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)};
    const auto log = parse_tcg_log(ByteView{cut}, RegisterSet::tpm);
    const bool at_record = size == 0x45 || size == 0xad;
    BOOST_TEST(log.has_value() == at_record, size);
  }
}

BOOST_AUTO_TEST_CASE(unused_tails_are_passed_over) {
  for (const std::size_t count : {1U, 15U, 16U, 4000U}) {
    for (const std::byte value : {std::byte{0xff}, std::byte{0}}) {
      const auto bytes = LogBuilder{}.separator(7).tail(count, value).build();
      const auto log = parse_tcg_log(ByteView{bytes}, RegisterSet::tpm).value();
      BOOST_TEST(log.events.size() == 1u);
      BOOST_TEST(log.size_bytes == bytes.size() - count);
    }
  }
}

BOOST_AUTO_TEST_CASE(limits_hold) {
  const std::vector<std::byte> large(log_bytes_max + 1);
  BOOST_TEST((parse_tcg_log(ByteView{large}, RegisterSet::tpm).error().code() == Errc::unsupported));
  LogBuilder builder{{{algorithm_sha256, 32}}};
  const LogBuilder::RawDigests digests{{algorithm_sha256, std::vector<std::byte>(32)}};
  for (std::size_t i = 0; i <= events_max; ++i)
    builder.raw(1, event_type::ipl, digests, {});
  const auto many = builder.build();
  BOOST_TEST((parse_tcg_log(ByteView{many}, RegisterSet::tpm).error().code() == Errc::unsupported));
}

BOOST_AUTO_TEST_CASE(a_no_action_event_may_belong_to_no_register) {
  const auto bytes = LogBuilder{}.no_action(~0U, "SP800-155 Event\0").build();
  const auto log = parse_tcg_log(ByteView{bytes}, RegisterSet::tpm).value();
  BOOST_TEST(register_name(log.registers, log.events[0].register_number) == "no register");
}

BOOST_AUTO_TEST_CASE(the_header_tells_the_kind) {
  const auto tdx = tdx_log(2);
  BOOST_TEST((parse_event_log(ByteView{tdx}).value().registers == RegisterSet::tdx));
  const auto tpm = base();
  BOOST_TEST((parse_event_log(ByteView{tpm}).value().registers == RegisterSet::tpm));
  BOOST_TEST(register_name(RegisterSet::tdx, 0) == "MRTD");
  BOOST_TEST(register_name(RegisterSet::tdx, 2) == "RTMR 1");
  BOOST_TEST(register_name(RegisterSet::tpm, 2) == "PCR 2");
}

BOOST_AUTO_TEST_CASE(tdx_registers_are_checked) {
  const auto table = ccel_table();
  for (const std::uint32_t number : {1U, 2U, 3U, 4U}) {
    const auto bytes = tdx_log(number);
    BOOST_TEST(parse_ccel(ByteView{bytes}, ByteView{table}).has_value());
  }
  const auto mrtd = tdx_log(0);
  BOOST_TEST(parse_ccel(ByteView{mrtd}, std::nullopt).error().message().contains("extends MRTD"));
  const auto mrtd_note = tdx_log(0, event_type::no_action);
  BOOST_TEST(parse_ccel(ByteView{mrtd_note}, std::nullopt).has_value());
  const auto fifth = tdx_log(5);
  BOOST_TEST((parse_ccel(ByteView{fifth}, std::nullopt).error().code() == Errc::corrupt));
  const auto two_banks = LogBuilder{{{algorithm_sha256, 32}, {algorithm_sha384, 48}}, 1}.separator(2).build();
  BOOST_TEST((parse_ccel(ByteView{two_banks}, std::nullopt).error().code() == Errc::unsupported));
}

BOOST_AUTO_TEST_CASE(tables_that_contradict_are_refused) {
  const auto log = tdx_log(2);
  const auto code = [&](std::vector<std::byte> table) {
    return parse_ccel(ByteView{log}, ByteView{table}).error().code();
  };
  BOOST_TEST((code(ccel_table(1)) == Errc::unsupported));
  BOOST_TEST((code(ccel_table(2, 64)) == Errc::corrupt));
  BOOST_TEST((code(ccel_table(2, std::uint64_t{4} << 30)) == Errc::unsupported));
  auto table = ccel_table();
  table[9] ^= std::byte{1};
  BOOST_TEST((code(table) == Errc::corrupt));
  table = ccel_table();
  table.push_back(std::byte{0});
  BOOST_TEST((code(table) == Errc::corrupt));
  BOOST_TEST((code({}) == Errc::corrupt));
  table = ccel_table();
  table[0] = std::byte{'X'};
  BOOST_TEST((code(table) == Errc::corrupt));
}
