// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "common/error.hpp"
#include "event-log/event_log.hpp"

namespace asterism::event_log {

/// The ACPI table that says where the firmware of a confidential guest left its event log.
struct CcelTable {
  std::uint8_t cc_type = 0;     ///< 2: TDX
  std::uint8_t cc_subtype = 0;  ///< 0 so far
  std::uint64_t log_bytes = 0;  ///< size of the log's area
  std::uint64_t log_address = 0;
};

/// Parses /sys/firmware/acpi/tables/CCEL. The table comes from the host: it tells how to read the log, nothing else.
/// @errors `corrupt` for another signature, a length that is not the file's, or a wrong checksum; `unsupported` for a
///         CC type other than TDX, and for a log area of more than log_bytes_max.
/// @source UEFI 2.10 section 38.4.1; ACPI 6.5 section 5.2.6.
[[nodiscard]] Result<CcelTable> parse_ccel_table(const ByteView& table);

/// Parses the log of a TDX guest (/sys/firmware/acpi/tables/data/CCEL): the records of a TPM log, with SHA-384 alone
/// and RTMR numbers in the place of PCRs.
/// @param table where given, must describe TDX and an area at least as large as the log.
/// @errors those of parse_tcg_log() and parse_ccel_table(); `corrupt` if the log is larger than the table's area;
///         `unsupported` for other algorithms than SHA-384, which is all that RTMRs have.
/// @checked tests/unit/event-log/known_answers_test.cpp: a real log replays to the RTMRs of its quote.
[[nodiscard]] Result<EventLog> parse_ccel(const ByteView& log, const std::optional<ByteView>& table);

}  // namespace asterism::event_log
