// SPDX-License-Identifier: Apache-2.0
// An ACPI table of 56 bytes with a checksum made right, then the log of a TDX guest.
#include <algorithm>
#include <span>

#include "event-log/ccel.hpp"
#include "log_contract.hpp"

using namespace asterism;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input = std::as_bytes(std::span{data, size});
  const auto raw = event_log::parse_ccel_table(ByteView{input});
  if (!raw) testing::require_refusal(raw.error());
  const std::size_t table_bytes = std::min<std::size_t>(size, 56);
  std::vector<std::byte> table{input.begin(), input.begin() + static_cast<std::ptrdiff_t>(table_bytes)};
  if (table.size() > 9) {
    unsigned sum = 0;
    table[9] = std::byte{0};
    for (const std::byte b : table)
      sum += std::to_integer<unsigned>(b);
    table[9] = static_cast<std::byte>((256 - sum % 256) % 256);
  }
  const Bytes rest = input.subspan(table_bytes);
  for (const auto& with : {std::optional<ByteView>{}, std::optional<ByteView>{ByteView{table}}}) {
    const auto log = event_log::parse_ccel(ByteView{rest}, with);
    if (log) {
      testing::check_log(*log, rest);
      for (const auto& event : log->events)
        testing::require(event.register_number <= 4 || event.register_number == ~0U, "a TDX register");
    } else {
      testing::require_refusal(log.error());
    }
  }
  return 0;
}
