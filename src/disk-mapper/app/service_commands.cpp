// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <csignal>
#include <ctime>
#include <functional>
#include <span>

#include <sys/statvfs.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "commands.hpp"
#include "common/cli.hpp"
#include "common/fs.hpp"
#include "common/json_decoder.hpp"
#include "disk-mapper/device_mapper.hpp"
#include "disk-mapper/grow.hpp"
#include "disk-mapper/linux_storage.hpp"

namespace asterism::disk_mapper {
namespace {

constexpr std::uint64_t limit_bytes = 65'536;
constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;
/// With less than this free, nobody is served by waiting.
constexpr std::uint64_t plenty_bytes = 512 * mebibyte;
/// The real root's name of what the initramfs mounted below /sysroot.
constexpr const char* mount_point = "/var";

Result<std::uint64_t> opened_bytes() {
  ASTERISM_TRY(const auto table, dm_table(opened_name));
  if (!table) return fail(Errc::not_found, "no state disk is open");
  return table->sectors * 512;
}

/// SIGTERM arrives at wait() and nowhere else, and once.
class StopSignal {
 public:
  StopSignal() {
    ::sigemptyset(&set_);
    ::sigaddset(&set_, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  }
  /// @returns whether it came within the time.
  [[nodiscard]] bool wait(std::chrono::nanoseconds time) const {
    const timespec limit{.tv_sec = time.count() / 1'000'000'000, .tv_nsec = time.count() % 1'000'000'000};
    return ::sigtimedwait(&set_, nullptr, &limit) == SIGTERM;
  }

 private:
  sigset_t set_{};
};

/// Keeps writing to a share of the time, measured over each piece; without a break while the file system is nearly
/// full.
class SharedPace {
 public:
  SharedPace(const StopSignal& stop, unsigned share_percent) : stop_{&stop}, share_percent_{share_percent} {}

  bool operator()(std::uint64_t /*written_bytes*/) {
    const auto now = std::chrono::steady_clock::now();
    const auto busy = now - last_;
    const auto rest = is_nearly_full() ? std::chrono::nanoseconds{0} : busy * (100 - share_percent_) / share_percent_;
    const bool go_on = !stop_->wait(std::min<std::chrono::nanoseconds>(rest, std::chrono::seconds{60}));
    last_ = std::chrono::steady_clock::now();
    return go_on;
  }

 private:
  static bool is_nearly_full() {
    struct statvfs status{};
    if (::statvfs(mount_point, &status) != 0) return false;
    const std::uint64_t free = status.f_bavail * status.f_frsize;
    const std::uint64_t all = status.f_blocks * status.f_frsize;
    return free < plenty_bytes || free < all / 4;
  }

  const StopSignal* stop_;
  unsigned share_percent_;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

void tell(const char* state, const Progress& progress) {
  ::sd_notifyf(0, "%sSTATUS=%llu of %llu MiB initialised", state,
               static_cast<unsigned long long>(progress.initialised_bytes / mebibyte),
               static_cast<unsigned long long>(progress.available_bytes / mebibyte));
}

}  // namespace

Result<> grow_command(const Config& config) {
  const StopSignal stop;
  const auto storage = linux_storage();
  ASTERISM_TRY(const auto size, opened_bytes());
  ASTERISM_TRY(const auto progress, read_progress(*storage, size));
  tell("READY=1\n", progress);
  SharedPace pace{stop, config.share_percent};
  ASTERISM_CHECK(grow_all(*storage, size, mount_point, config.step_bytes, std::ref(pace),
                          [](const Progress& now) { tell("", now); }));
  return {};
}

Result<> status_command(bool json) {
  ASTERISM_TRY(const auto text, read_text_file(report_path, limit_bytes), "no state disk is open");
  ASTERISM_TRY(auto document, parse_json(text));
  const auto storage = linux_storage();
  ASTERISM_TRY(const auto size, opened_bytes());
  ASTERISM_TRY(const auto progress, read_progress(*storage, size));
  auto* const object = document.get_if<Json::Object>();
  if (!object) return fail(Errc::corrupt, "'{}' is no object", report_path);
  object->insert_or_assign("initialised_bytes", progress.initialised_bytes);
  object->insert_or_assign("available_bytes", progress.available_bytes);
  if (json) return print_out(document.to_text());
  ASTERISM_TRY(auto decoder, JsonObjectDecoder::make(document, "$"));
  ASTERISM_TRY(const auto device, decoder.string("device"));
  ASTERISM_TRY(const auto uuid, decoder.string("uuid"));
  ASTERISM_TRY(const auto action, decoder.string("action"));
  return print_out(std::format("device       {}\nuuid         {}\nthis boot    {}\ninitialised  {} of {} MiB ({} %)\n",
                               device, uuid, action, progress.initialised_bytes / mebibyte,
                               progress.available_bytes / mebibyte,
                               progress.initialised_bytes * 100 / progress.available_bytes));
}

}  // namespace asterism::disk_mapper
