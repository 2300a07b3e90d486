// SPDX-License-Identifier: Apache-2.0
#include "attestation/evidence/measurer.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <filesystem>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/fs.hpp"
#include "common/json.hpp"
#include "event-log/userspace_log.hpp"

namespace asterism::attestation {
namespace {

constexpr std::uint64_t log_bytes_max = 4U << 20;

std::uint64_t boot_time_us() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(now.tv_nsec) / 1000;
}

/// @source RFC 7464; systemd 257, src/shared/tpm2-util.c (tpm2_userspace_log).
Result<std::string> record_text(tpm::Pcrs& pcrs, const std::string& event_type, const std::string& words) {
  Json::Array digests;
  ASTERISM_TRY(const auto banks, pcrs.active_banks());
  for (const HashAlgorithm bank : banks) {
    ASTERISM_TRY(const auto digest, hash(bank, as_bytes(words)));
    digests.emplace_back(Json::Object{{"hashAlg", to_string(bank)}, {"digest", digest.hex()}});
  }
  ASTERISM_TRY(auto boot_id, read_text_file("/proc/sys/kernel/random/boot_id", 64), "reading the boot's identity");
  std::erase_if(boot_id, [](char c) { return c == '-' || c == '\n'; });
  return "\x1e" + Json{Json::Object{{"pcr", identity_pcr},
                                    {"digests", std::move(digests)},
                                    {"content_type", "systemd"},
                                    {"content", Json::Object{{"string", words},
                                                             {"bootId", boot_id},
                                                             {"timestamp", boot_time_us()},
                                                             {"eventType", event_type}}}}}
                      .to_text();
}

Result<> append_to_log(const std::string& path, std::string_view text) {
  std::error_code failure;  // said by open()
  std::filesystem::create_directories(std::filesystem::path{path}.parent_path(), failure);
  const UniqueFd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!file) return std::unexpected{Error::from_errno(errno, std::format("opening '{}'", path))};
  if (::flock(file.get(), LOCK_EX) != 0 ||
      ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    return std::unexpected{Error::from_errno(errno, std::format("writing '{}'", path))};
  }
  return {};
}

}  // namespace

Result<> measure_words(tpm::Pcrs& pcrs, const std::string& log, const std::string& event_type,
                       const std::string& words) {
  ASTERISM_TRY(const auto record, record_text(pcrs, event_type, words));
  ASTERISM_CHECK(append_to_log(log, record), "the log of measurements");
  ASTERISM_CHECK(pcrs.extend(identity_pcr, as_bytes(words)), "extending PCR {}", identity_pcr);
  return {};
}

Result<std::vector<MeasuredEvent>> read_measured_events(const std::string& log, HashAlgorithm bank) {
  const auto text = read_text_file(log, log_bytes_max);
  if (!text && text.error().code() == Errc::not_found) return std::vector<MeasuredEvent>{};
  if (!text) return std::unexpected{text.error()};
  ASTERISM_TRY(const auto records, event_log::parse_userspace_log(*text), "'{}'", log);
  std::vector<MeasuredEvent> events;
  for (const event_log::UserspaceEvent& record : records) {
    if (record.pcr != identity_pcr) continue;
    const auto found = record.digests.find(bank);
    if (found == record.digests.end()) {
      return fail(Errc::unsupported, "'{}': a record without a digest of bank {}", log, to_string(bank));
    }
    MeasuredEvent event{.text = record.text, .digest = {}};
    ASTERISM_TRY(const auto of_words, hash(bank, as_bytes(record.text)));
    if (of_words != found->second || printable(record.text) != record.text || record.text.empty()) {
      event = {.text = {}, .digest = found->second};
    }
    events.push_back(std::move(event));
  }
  return events;
}

}  // namespace asterism::attestation
