// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/error.hpp"
#include "event-log/event_log.hpp"

namespace asterism::event_log {

/// Parses a crypto-agile log: a header record "Spec ID Event03", then records of TCG_PCR_EVENT2. Behind the last record
/// there may be an unused tail, all 0xff or all zero.
///
/// Nothing that the log says is believed beyond its own form: see decode.hpp and data_check.hpp.
/// @param log must outlive the result.
/// @param registers what the numbers mean: PCR 0 to 23, or the indices 0 to 4 of TDX.
/// @errors `corrupt` naming the offset for what breaks the format: sizes that pass the end, digests that the header
/// does
///         not declare, a register that does not exist, an event for MRTD, bytes behind the end; `unsupported` for a
///         log of TPM 1.2 (SHA-1 records, "Spec ID Event02" or none at all) and for what passes the limits of
///         event_log.hpp.
/// @source TCG PC Client Platform Firmware Profile 1.06, sections 10.2.1, 10.2.2 and 10.4.5.1.
/// @checked tests/interop/event_log.py against tpm2_eventlog; tests/fuzz/event-log.
[[nodiscard]] Result<EventLog> parse_tcg_log(const ByteView& log, RegisterSet registers);

/// parse_tcg_log() for a file of either kind: a header that stands for register 1 is that of a TDX log, since the
/// specification of TPM logs wants 0 there and TDX firmware writes 1.
/// @errors as parse_tcg_log().
[[nodiscard]] Result<EventLog> parse_event_log(const ByteView& log);

}  // namespace asterism::event_log
