// SPDX-License-Identifier: Apache-2.0
#include "event-log/ccel.hpp"

#include <numeric>

#include "event-log/tcg_log.hpp"

namespace asterism::event_log {
namespace {

constexpr std::string_view signature = "CCEL";
constexpr std::uint64_t table_bytes = 56;
constexpr std::uint8_t cc_type_tdx = 2;

}  // namespace

Result<CcelTable> parse_ccel_table(const ByteView& table) {
  ASTERISM_TRY(const auto name, table.sub(0, signature.size(), "ACPI signature"));
  ASTERISM_TRY(const auto length, table.u32(4, "ACPI table length"));
  if (as_text(name.bytes()) != signature || length != table.size() || length < table_bytes) {
    return fail(Errc::corrupt, "no CCEL table: signature '{}', length {} in a file of {} bytes (at least {})",
                printable(as_text(name.bytes())), length, table.size(), table_bytes);
  }
  const auto sum = std::accumulate(table.bytes().begin(), table.bytes().end(), 0U,
                                   [](unsigned total, std::byte b) { return total + std::to_integer<unsigned>(b); });
  if (sum % 256 != 0) return fail(Errc::corrupt, "CCEL table: the checksum does not match");
  CcelTable result;
  ASTERISM_TRY(result.cc_type, table.u8(36, "CC type"));
  ASTERISM_TRY(result.cc_subtype, table.u8(37, "CC subtype"));
  ASTERISM_TRY(result.log_bytes, table.u64(40, "log area length"));
  ASTERISM_TRY(result.log_address, table.u64(48, "log area address"));
  if (result.cc_type != cc_type_tdx) {
    return fail(Errc::unsupported, "CCEL table: CC type {}, not {} (TDX)", result.cc_type, cc_type_tdx);
  }
  if (result.log_bytes > log_bytes_max) {
    return fail(Errc::unsupported, "CCEL table: a log area of {} bytes (limit {})", result.log_bytes, log_bytes_max);
  }
  return result;
}

Result<EventLog> parse_ccel(const ByteView& log, const std::optional<ByteView>& table) {
  if (table) {
    ASTERISM_TRY(const auto facts, parse_ccel_table(*table));
    if (log.size() > facts.log_bytes) {
      return fail(Errc::corrupt, "the log has {} bytes, more than the {} of the area in the CCEL table", log.size(),
                  facts.log_bytes);
    }
  }
  ASTERISM_TRY(auto result, parse_tcg_log(log, RegisterSet::tdx));
  if (result.spec.algorithms.size() != 1 || result.spec.algorithms.front().id != algorithm_sha384) {
    return fail(Errc::unsupported, "the TDX log's header declares other algorithms than SHA-384");
  }
  return result;
}

}  // namespace asterism::event_log
