// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "event-log/event_log.hpp"
#include "event-log/userspace_log.hpp"

namespace asterism::measured_boot {

/// Where the logs of a boot are; empty for what is not there.
struct LogPaths {
  std::string log;         ///< of the firmware: a TPM's crypto-agile log, or CCEL data of TDX
  std::string userspace;   ///< tpm2-measure.log of systemd
  std::string ccel_table;  ///< ACPI table CCEL; says that the log is one of TDX
};

/// The logs of a boot, parsed.
struct BootLogs {
  std::shared_ptr<const std::vector<std::byte>> bytes;  ///< what `log` refers to
  event_log::EventLog log;
  std::vector<event_log::UserspaceEvent> userspace;
};

/// Reads and parses the logs.
/// @errors `not_found`, `io`; those of parse_event_log(), parse_ccel() and parse_userspace_log() with the file's name;
///         `usage` for a userspace log beside a TDX log.
[[nodiscard]] Result<BootLogs> load_logs(const LogPaths& paths);

}  // namespace asterism::measured_boot
