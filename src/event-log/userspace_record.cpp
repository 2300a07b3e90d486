// SPDX-License-Identifier: Apache-2.0
#include "event-log/userspace_record.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <filesystem>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/fs.hpp"
#include "common/json.hpp"
#include "common/unique_fd.hpp"

namespace asterism::event_log {
namespace {

std::uint64_t boot_time_us() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(now.tv_nsec) / 1000;
}

Result<> append(const std::string& path, std::string_view text) {
  std::error_code failure;  // said by open()
  std::filesystem::create_directories(std::filesystem::path{path}.parent_path(), failure);
  const UniqueFd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!file) return std::unexpected{Error::from_errno(errno, std::format("opening '{}'", path))};
  if (::flock(file.get(), LOCK_EX) != 0)
    return std::unexpected{Error::from_errno(errno, std::format("locking '{}'", path))};
  if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    return std::unexpected{Error::from_errno(errno, std::format("writing '{}'", path))};
  return {};
}

}  // namespace

std::string to_log_text(const UserspaceEvent& event) {
  Json::Array digests;
  for (const auto& [algorithm, digest] : event.digests)
    digests.emplace_back(Json::Object{{"hashAlg", to_string(algorithm)}, {"digest", digest.hex()}});
  return "\x1e" + Json{Json::Object{{"pcr", event.pcr.value_or(0)},
                                    {"digests", std::move(digests)},
                                    {"content_type", "systemd"},
                                    {"content", Json::Object{{"string", event.text},
                                                             {"bootId", event.boot_id},
                                                             {"timestamp", event.timestamp_us.value_or(0)},
                                                             {"eventType", event.event_type}}}}}
                      .to_text();
}

Result<> log_userspace_event(const std::string& path, unsigned pcr, std::span<const HashAlgorithm> banks,
                             const std::string& event_type, const std::string& words) {
  UserspaceEvent event{.pcr = pcr,
                       .nv_index = {},
                       .digests = {},
                       .event_type = event_type,
                       .text = words,
                       .boot_id = {},
                       .timestamp_us = boot_time_us()};
  for (const HashAlgorithm bank : banks) {
    ASTERISM_TRY(const auto digest, hash(bank, as_bytes(words)));
    event.digests.emplace(bank, digest);
  }
  ASTERISM_TRY(event.boot_id, read_text_file("/proc/sys/kernel/random/boot_id", 64), "reading the boot's identity");
  std::erase_if(event.boot_id, [](char c) { return c == '-' || c == '\n'; });
  return append(path, to_log_text(event));
}

}  // namespace asterism::event_log
