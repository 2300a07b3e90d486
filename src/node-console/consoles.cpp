// SPDX-License-Identifier: Apache-2.0
#include "node-console/consoles.hpp"

#include <algorithm>
#include <cerrno>
#include <ranges>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/bytes.hpp"
#include "common/fs.hpp"

namespace asterism::node_console {
namespace {

constexpr std::size_t most_consoles = 8;
constexpr std::uint64_t list_limit_bytes = 4096;

void write_with_patience(int fd, std::string_view text, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n > 0) {
      text.remove_prefix(static_cast<std::size_t>(n));
      continue;
    }
    if (n < 0 && errno != EAGAIN && errno != EINTR) return;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return;
    pollfd ready{.fd = fd, .events = POLLOUT, .revents = 0};
    if (::poll(&ready, 1, static_cast<int>(left.count())) == 0) return;
  }
}

dev_t device_of(int fd) {
  struct stat status{};
  return ::fstat(fd, &status) == 0 && S_ISCHR(status.st_mode) ? status.st_rdev : 0;
}

}  // namespace

std::vector<std::string> console_names(std::string_view active) {
  std::vector<std::string> names;
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
  while (!active.empty() && names.size() < most_consoles) {
    const auto end = std::min(active.find_first_of(" \n"), active.size());
    const auto name = active.substr(0, end);
    if (!name.empty() && name.find_first_not_of(letters) == std::string_view::npos) names.emplace_back(name);
    active.remove_prefix(std::min(end + 1, active.size()));
  }
  return names;
}

void write_to_consoles(int root, std::string_view text, std::chrono::milliseconds patience) {
  const dev_t own = device_of(STDOUT_FILENO);
  // The descriptor was opened for this process; making it non-blocking takes nothing from anybody else.
  const int flags = ::fcntl(STDOUT_FILENO, F_GETFL);
  if (own != 0 && flags >= 0) ::fcntl(STDOUT_FILENO, F_SETFL, flags | O_NONBLOCK);
  write_with_patience(STDOUT_FILENO, text, patience);

  const auto list = read_file_at(root, "sys/class/tty/console/active", list_limit_bytes);
  if (!list) return;
  const auto names = console_names(as_text(*list));
  // 5:1, /dev/console, stands for the last console of the list (Linux Documentation/admin-guide/devices.txt).
  const bool own_is_last = own == makedev(5, 1);
  for (const auto& name : names) {
    if (own_is_last && name == names.back()) continue;
    const UniqueFd fd{::openat(root, ("dev/" + name).c_str(), O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)};
    if (!fd || (own != 0 && device_of(fd.get()) == own)) continue;
    write_with_patience(fd.get(), text, patience);
  }
}

}  // namespace asterism::node_console
