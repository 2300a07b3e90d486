// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/log_files.hpp"

#include "common/fs.hpp"
#include "event-log/ccel.hpp"
#include "event-log/tcg_log.hpp"

namespace asterism::measured_boot {
namespace {

constexpr std::uint64_t table_bytes_max = 4096;

Result<event_log::EventLog> parse(const ByteView& log, const std::string& table_path) {
  if (!table_path.empty()) {
    ASTERISM_TRY(const auto table, read_file(table_path, table_bytes_max));
    return event_log::parse_ccel(log, ByteView{table});
  }
  ASTERISM_TRY(auto result, event_log::parse_event_log(log));
  if (result.registers == event_log::RegisterSet::tdx) return event_log::parse_ccel(log, std::nullopt);
  return result;
}

}  // namespace

Result<BootLogs> load_logs(const LogPaths& paths) {
  BootLogs logs;
  ASTERISM_TRY(auto bytes, read_file(paths.log, event_log::log_bytes_max));
  logs.bytes = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
  ASTERISM_TRY(logs.log, parse(ByteView{*logs.bytes}, paths.ccel_table), "'{}'", printable(paths.log));
  if (paths.userspace.empty()) return logs;
  if (logs.log.registers == event_log::RegisterSet::tdx) {
    return fail(Errc::usage, "'{}' is a TDX log, and systemd's log tells of PCRs", printable(paths.log));
  }
  ASTERISM_TRY(const auto text, read_text_file(paths.userspace, event_log::log_bytes_max));
  ASTERISM_TRY(logs.userspace, event_log::parse_userspace_log(text), "'{}'", printable(paths.userspace));
  return logs;
}

}  // namespace asterism::measured_boot
