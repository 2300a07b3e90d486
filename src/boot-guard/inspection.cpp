// SPDX-License-Identifier: Apache-2.0
#include "boot-guard/inspection.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <span>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/unique_fd.hpp"

namespace asterism::boot_guard {
namespace {

constexpr auto variables_folder = "sys/firmware/efi/efivars";
constexpr auto expected_file = "etc/asterism/cmdline";

bool exists(int root, const char* path) noexcept {
  struct stat status{};
  return ::fstatat(root, path, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

// The whole file, or nothing if it is missing, unreadable, or does not fit.
std::optional<std::string_view> read_whole(int root, const char* path, std::span<char> place) noexcept {
  const UniqueFd fd{::openat(root, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)};
  if (!fd) return std::nullopt;
  std::size_t size = 0;
  while (size < place.size()) {
    const ssize_t n = ::read(fd.get(), place.data() + size, place.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::nullopt;
    if (n == 0) return std::string_view{place.data(), size};
    size += static_cast<std::size_t>(n);
  }
  return std::nullopt;
}

// A failure shows in the mount that follows.
void load_efivarfs(Kernel& kernel, int root) noexcept {
  struct Form {
    const char* suffix;
    bool compressed;
  };
  constexpr std::array forms{Form{.suffix = ".xz", .compressed = true}, Form{.suffix = ".zst", .compressed = true},
                             Form{.suffix = ".gz", .compressed = true}, Form{.suffix = "", .compressed = false}};
  for (const auto& form : forms) {
    std::array<char, 256> path{};
    const int length = std::snprintf(path.data(), path.size(), "usr/lib/modules/%s/kernel/fs/efivarfs/efivarfs.ko%s",
                                     kernel.release(), form.suffix);
    if (length < 0 || static_cast<std::size_t>(length) >= path.size()) return;
    const UniqueFd fd{::openat(root, path.data(), O_RDONLY | O_CLOEXEC)};
    if (fd && kernel.load_module(fd.get(), form.compressed) == 0) return;
  }
}

VariableAccess open_variables(Kernel& kernel, int root) noexcept {
  if (!exists(root, "sys/kernel") && kernel.mount("sysfs", "sys") != 0) return VariableAccess::unreadable;
  if (!exists(root, "sys/firmware/efi")) return VariableAccess::no_efi;
  if (!exists(root, "sys/module/efivarfs")) load_efivarfs(kernel, root);
  switch (kernel.mount("efivarfs", variables_folder)) {
    case 0:
    case EBUSY:  // mounted already
      return VariableAccess::listed;
    case EOPNOTSUPP:
      return VariableAccess::unsupported;
    default:
      return VariableAccess::unreadable;
  }
}

enum class Listing : std::uint8_t { none_found, found, failed };

// getdents64 instead of readdir(), which allocates.
Listing find_systemd_variable(int root, Workspace& workspace, std::string_view& found) noexcept {
  const UniqueFd folder{::openat(root, variables_folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!folder) return Listing::failed;
  for (;;) {
    const long got = ::syscall(SYS_getdents64, folder.get(), workspace.folder.data(), workspace.folder.size());
    if (got < 0) return Listing::failed;
    if (got == 0) return Listing::none_found;
    for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
      const std::byte* record = workspace.folder.data() + at;
      unsigned short length = 0;
      std::memcpy(&length, record + offsetof(dirent64, d_reclen), sizeof length);
      // The kernel ends names with a NUL inside the record.
      const std::string_view name{reinterpret_cast<const char*>(record + offsetof(dirent64, d_name))};
      if (belongs_to_systemd(name)) {
        const auto size = std::min(name.size(), workspace.variable.size());
        std::copy_n(name.begin(), size, workspace.variable.begin());
        found = {workspace.variable.data(), size};
        return Listing::found;
      }
      at += length;
    }
  }
}

}  // namespace

Findings inspect(Kernel& kernel, int root, Workspace& workspace) noexcept {
  Findings findings;
  findings.access = open_variables(kernel, root);
  if (findings.access == VariableAccess::listed &&
      find_systemd_variable(root, workspace, findings.systemd_variable) == Listing::failed) {
    findings.access = VariableAccess::unreadable;
  }
  // A failed mount shows as a command line that cannot be read.
  if (!exists(root, "proc/cmdline")) static_cast<void>(kernel.mount("proc", "proc"));
  findings.running = read_whole(root, "proc/cmdline", workspace.running);
  findings.has_expected = exists(root, expected_file);
  if (findings.has_expected) findings.expected = read_whole(root, expected_file, workspace.expected);
  return findings;
}

}  // namespace asterism::boot_guard
