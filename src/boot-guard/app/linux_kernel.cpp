// SPDX-License-Identifier: Apache-2.0
#include "linux_kernel.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <linux/module.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/unique_fd.hpp"

namespace asterism::boot_guard {
namespace {

constexpr unsigned reading_time_seconds = 10;
constexpr std::string_view blanks = " \n";

// Once, without waiting for a console that takes nothing: the machine goes off in any case.
void write_to(const char* path, std::string_view text) noexcept {
  const UniqueFd fd{::open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)};
  if (!fd) return;
  static_cast<void>(::write(fd.get(), "\n", 1) == 1 && ::write(fd.get(), text.data(), text.size()) > 0);
}

// "tty0 ttyS0": all that have a console= on the command line, /dev/console being the last of them.
void write_to_all_consoles(std::string_view text) noexcept {
  std::array<char, 256> list{};
  const UniqueFd fd{::open("/sys/class/tty/console/active", O_RDONLY | O_CLOEXEC)};
  const ssize_t size = fd ? ::read(fd.get(), list.data(), list.size()) : -1;
  if (size <= 0) {
    write_to("/dev/console", text);
    return;
  }
  std::string_view names{list.data(), static_cast<std::size_t>(size)};
  while (!names.empty()) {
    const auto name = names.substr(0, names.find_first_of(blanks));
    std::array<char, 64> path{};
    const int length = std::snprintf(path.data(), path.size(), "/dev/%.*s", static_cast<int>(name.size()), name.data());
    if (!name.empty() && length > 0 && static_cast<std::size_t>(length) < path.size()) write_to(path.data(), text);
    names.remove_prefix(std::min(name.size() + 1, names.size()));
  }
}

}  // namespace

LinuxKernel::LinuxKernel() noexcept {
  ::uname(&name_);
}

int LinuxKernel::mount(const char* type, const char* target) noexcept {
  std::array<char, 256> path{};
  const int length = std::snprintf(path.data(), path.size(), "/%s", target);
  if (length < 0 || static_cast<std::size_t>(length) >= path.size()) return ENAMETOOLONG;
  return ::mount(type, path.data(), type, MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) == 0 ? 0 : errno;
}

int LinuxKernel::load_module(int fd, bool compressed) noexcept {
  const int flags = compressed ? MODULE_INIT_COMPRESSED_FILE : 0;
  const bool loaded = ::syscall(SYS_finit_module, fd, "", flags) == 0;
  return loaded || errno == EEXIST ? 0 : errno;
}

void refuse_boot(LinuxKernel& kernel, std::string_view text) noexcept {
  // Devices are needed for the consoles only; on the way to the service manager /dev is left to it.
  static_cast<void>(::mount("devtmpfs", "/dev", "devtmpfs", MS_NOSUID | MS_NOEXEC, nullptr));
  static_cast<void>(kernel.mount("sysfs", "sys"));
  write_to_all_consoles(text);
  ::sleep(reading_time_seconds);  // NOLINT(concurrency-mt-unsafe): there is one thread
  ::reboot(RB_POWER_OFF);
  ::reboot(RB_HALT_SYSTEM);
  for (;;)
    ::pause();
}

}  // namespace asterism::boot_guard
