// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <span>

#include "common/digest.hpp"
#include "event-log/event_log.hpp"
#include "event-log/userspace_log.hpp"

namespace asterism::event_log {

/// Registers of one bank by number; only those that some event extended.
using RegisterValues = std::map<std::uint32_t, Digest>;

/// Registers of every bank that can be computed here and that the log has.
using ReplayedBanks = std::map<HashAlgorithm, RegisterValues>;

/// What the registers hold if the log is true: value = H(value || digest) for each event.
///
/// Registers start at zero, PCR 0 with the locality of a StartupLocality event in its last byte. PCR 17 to 22 are taken
/// to have been reset to zero by a dynamic launch. Of banks other than SHA-256 and SHA-384 nothing is computed: SHA-1
/// proves nothing, and no platform here has others alone. Verify in the bank that was quoted: one bank says nothing of
/// the others' digests.
/// @param userspace comes after the log; events of NV indices are passed over. Empty for a TDX log, whose registers
///        systemd does not extend.
/// @errors `corrupt` for a StartupLocality other than 0, 3 or 4, behind PCR 0's first event, or given twice; for a
///         userspace event without a digest of one of the log's banks; `usage` for userspace events with a TDX log;
///         `internal` from OpenSSL.
/// @source TCG PC Client Platform Firmware Profile 1.06, sections 2.3.4 and 10.4.5.3.
[[nodiscard]] Result<ReplayedBanks> replay(const EventLog& log, std::span<const UserspaceEvent> userspace = {});

/// The locality with which PCR 0 starts (0 without a StartupLocality event). @errors `corrupt` as replay().
[[nodiscard]] Result<std::uint8_t> startup_locality(const EventLog& log);

/// The banks of the log that can be computed here, the strongest first.
[[nodiscard]] std::vector<HashAlgorithm> computable_banks(const EventLog& log);

}  // namespace asterism::event_log
