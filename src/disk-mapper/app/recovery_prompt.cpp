// SPDX-License-Identifier: Apache-2.0
#include "recovery_prompt.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <span>

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "common/cli.hpp"
#include "common/fs.hpp"
#include "disk-mapper/recovery_key.hpp"

namespace asterism::disk_mapper {
namespace {

constexpr std::uint64_t limit_bytes = 65'536;
constexpr std::size_t line_bytes = 512;

/// @returns nothing for a text that is no recovery key, after saying so; wipes the text.
std::optional<SecretBytes> parse_and_wipe(std::span<char> text) {
  auto key = parse_recovery_key({text.data(), text.size()});
  wipe(std::as_writable_bytes(text));
  if (key) return *std::move(key);
  std::fprintf(stderr, "%s\n", error_line("disk-mapper", key.error()).c_str());
  return std::nullopt;
}

}  // namespace

Result<RecoveryPrompt> RecoveryPrompt::open(const char* file, const char* console) {
  UniqueFd watch{::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)};
  const std::string folder = std::filesystem::path{file}.parent_path();
  if (!watch || ::inotify_add_watch(watch.get(), folder.c_str(), IN_MOVED_TO) < 0)
    return std::unexpected{Error::from_errno(errno, std::format("watching '{}'", folder))};
  UniqueFd terminal{::open(console, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)};
  if (terminal && ::isatty(terminal.get()) == 0) terminal = UniqueFd{};
  return RecoveryPrompt{file, std::move(watch), std::move(terminal)};
}

RecoveryPrompt::RecoveryPrompt(const char* file, UniqueFd watch, UniqueFd console)
    : file_{file}, watch_{std::move(watch)}, console_{std::move(console)} {
  if (!console_ || ::tcgetattr(console_.get(), &before_) != 0) {
    console_ = UniqueFd{};
    return;
  }
  termios quiet = before_;
  quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  quiet.c_lflag |= ICANON;
  ::tcsetattr(console_.get(), TCSAFLUSH, &quiet);
}

RecoveryPrompt::RecoveryPrompt(RecoveryPrompt&& other) noexcept
    : file_{other.file_},
      watch_{std::move(other.watch_)},
      console_{std::move(other.console_)},
      before_{other.before_} {}

RecoveryPrompt::~RecoveryPrompt() {
  if (console_) ::tcsetattr(console_.get(), TCSAFLUSH, &before_);
}

void RecoveryPrompt::ask() const {
  if (console_) std::fprintf(stderr, "disk-mapper: recovery key (not shown), then Enter:\n");
}

/// The file counts once.
Result<std::optional<SecretBytes>> RecoveryPrompt::take_file() const {
  auto text = read_text_file(file_, limit_bytes);
  if (!text && text.error().code() == Errc::not_found) return std::optional<SecretBytes>{};
  if (!text) return std::unexpected{std::move(text).error()};
  static_cast<void>(::unlink(file_));
  return parse_and_wipe(*text);
}

std::optional<SecretBytes> RecoveryPrompt::take_line() {
  std::array<char, line_bytes> line{};
  const ssize_t size = ::read(console_.get(), line.data(), line.size());
  if (size <= 0) {
    if (size == 0 || (errno != EAGAIN && errno != EINTR)) console_ = UniqueFd{};  // hung up: the file is left
    return std::nullopt;
  }
  const std::span typed{line.data(), static_cast<std::size_t>(size)};
  if (typed.size() == 1) return std::nullopt;  // Enter alone: asked again
  return parse_and_wipe(typed);
}

Result<SecretBytes> RecoveryPrompt::wait() {
  for (;;) {
    ASTERISM_TRY(auto key, take_file());
    if (key) return *std::move(key);
    ask();
    std::array ready{pollfd{.fd = watch_.get(), .events = POLLIN, .revents = 0},
                     pollfd{.fd = console_ ? console_.get() : -1, .events = POLLIN, .revents = 0}};
    if (::poll(ready.data(), ready.size(), -1) < 0 && errno != EINTR)
      return std::unexpected{Error::from_errno(errno, "waiting for a recovery key")};
    std::array<std::byte, 4096> events{};
    while (::read(watch_.get(), events.data(), events.size()) > 0) {
      // only a sign that the folder changed
    }
    if (ready[1].revents != 0)
      if (auto typed = take_line()) return *std::move(typed);
  }
}

}  // namespace asterism::disk_mapper
