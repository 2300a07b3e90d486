// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"
#include "event-log/event_log.hpp"

namespace asterism::event_log {

/// What is odd about a log that is well-formed.
enum class Oddity : std::uint8_t {
  data_contradicts_digest,     ///< the data is not what was measured: it says nothing
  disguised_event,             ///< the digest is that of a separator or action, and the type says something else
  error_separator,             ///< firmware said that measuring failed
  second_separator,            ///< of one register
  missing_separator,           ///< of a register from PCR 0 to 7 that has events
  event_behind_separator,      ///< of PCR 0, where nothing may follow
  authority_before_separator,  ///< PCR 7: the policy was not yet sealed
  policy_behind_separator,     ///< PCR 7: a Secure Boot variable that counts for nothing
  no_exit_boot_services,       ///< the log was read, or cut, before the firmware handed over
  no_action_with_digest,       ///< an event that is never extended claims a digest
  malformed_data,              ///< data breaks the rules of its type
};

/// "data-contradicts-digest", ...
[[nodiscard]] std::string_view to_string(Oddity oddity) noexcept;

/// One oddity. `event` counts from 0 in EventLog::events; none where it is about the log as a whole.
struct Remark {
  Oddity oddity = Oddity::malformed_data;
  std::optional<std::size_t> event;
  std::uint64_t offset = 0;
  std::string text;  ///< one line for people
};

/// Looks a log over with the rules that a verifier must not skip: register values prove the sequence of digests of each
/// register, and nothing else. Who relies on an event's type or data must treat every remark on it as a refusal; no
/// remark says that the log is true.
/// @errors `internal` from OpenSSL.
/// @source TCG PC Client Platform Firmware Profile 1.06, sections 3.3.4 and 10.4; research of published attacks on log
///         parsers (types and data are not authenticated).
[[nodiscard]] Result<std::vector<Remark>> review(const EventLog& log);

}  // namespace asterism::event_log
