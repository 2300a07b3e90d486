// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include "event-log/userspace_log.hpp"

namespace asterism::event_log {

/// One record of systemd's log as parse_userspace_log() reads it: a record separator, JSON, a line feed.
/// @param event with a PCR; `offset` is not looked at.
/// @source RFC 7464; systemd 257, src/shared/tpm2-util.c (tpm2_userspace_log).
[[nodiscard]] std::string to_log_text(const UserspaceEvent& event);

/// Notes words in systemd's log, under its lock, before they are extended: a log without the extension is noticed, an
/// extension without a log would be unexplained. Boot and time are those of now.
/// @param path /run/log/systemd/tpm2-measure.log, made if it is not there.
/// @errors `io` from the file; those of reading the boot's identity; `internal` from hashing.
[[nodiscard]] Result<> log_userspace_event(const std::string& path, unsigned pcr, std::span<const HashAlgorithm> banks,
                                           const std::string& event_type, const std::string& words);

}  // namespace asterism::event_log
