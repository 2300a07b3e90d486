// SPDX-License-Identifier: Apache-2.0
#include "disk-mapper/tpm_measurer.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <filesystem>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/fs.hpp"
#include "common/unique_fd.hpp"
#include "disk-mapper/event_record.hpp"

namespace asterism::disk_mapper {
namespace {

Result<> append_to_log(const std::string& path, std::string_view text) {
  std::error_code failure;
  std::filesystem::create_directories(std::filesystem::path{path}.parent_path(), failure);
  const UniqueFd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!file) return std::unexpected{Error::from_errno(errno, std::format("opening '{}'", path))};
  if (::flock(file.get(), LOCK_EX) != 0)
    return std::unexpected{Error::from_errno(errno, std::format("locking '{}'", path))};
  if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    return std::unexpected{Error::from_errno(errno, std::format("writing '{}'", path))};
  return {};
}

std::uint64_t boot_time_us() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(now.tv_nsec) / 1000;
}

}  // namespace

Result<> TpmMeasurer::measure(const std::string& event) {
  EventRecord record{.pcr = state_disk_pcr, .digests = {}, .text = event, .boot_id = {}, .time_us = boot_time_us()};
  ASTERISM_TRY(const auto banks, tpm_->active_banks());
  for (const HashAlgorithm bank : banks) {
    ASTERISM_TRY(const auto digest, hash(bank, as_bytes(event)));
    record.digests.emplace(bank, digest);
  }
  ASTERISM_TRY(record.boot_id, read_text_file("/proc/sys/kernel/random/boot_id", 64), "reading the boot's identity");
  std::erase_if(record.boot_id, [](char c) { return c == '-' || c == '\n'; });
  ASTERISM_CHECK(append_to_log(log_, to_log_text(record)));
  ASTERISM_CHECK(tpm_->extend(state_disk_pcr, as_bytes(event)), "extending PCR {}", state_disk_pcr);
  return {};
}

}  // namespace asterism::disk_mapper
