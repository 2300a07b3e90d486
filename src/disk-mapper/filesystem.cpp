// SPDX-License-Identifier: Apache-2.0
#include "disk-mapper/filesystem.hpp"

#include <array>
#include <cerrno>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/bytes.hpp"
#include "common/unique_fd.hpp"

namespace asterism::disk_mapper {
namespace {

constexpr std::uint64_t block_bytes = 4096;
constexpr const char* mke2fs = "/usr/sbin/mke2fs";
/// EXT4_IOC_RESIZE_FS: new size in blocks. @source Linux, Documentation/filesystems/ext4/, "Online resizing".
constexpr unsigned long resize_fs_request = _IOW('f', 16, std::uint64_t);

std::string last_line(const std::string& text) {
  auto end = text.find_last_not_of('\n');
  if (end == std::string::npos) return "no message";
  const auto start = text.find_last_of('\n', end);
  return excerpt(std::string_view{text}.substr(start == std::string::npos ? 0 : start + 1,
                                               end - (start == std::string::npos ? 0 : start)));
}

/// Reads a pipe to its end; keeps the last bytes.
std::string drain(int fd) {
  std::string text;
  std::array<char, 1024> piece{};
  for (;;) {
    const ssize_t n = ::read(fd, piece.data(), piece.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(n));
    if (text.size() > 16'384) text.erase(0, text.size() - 8192);
  }
}

Result<> run_program(const std::vector<std::string>& words) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::unexpected{Error::from_errno(errno, "making a pipe")};
  const UniqueFd ours{ends[0]};
  UniqueFd theirs{ends[1]};
  posix_spawn_file_actions_t actions{};
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, theirs.get(), 1);
  ::posix_spawn_file_actions_adddup2(&actions, theirs.get(), 2);
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (const std::string& word : words)
    arguments.push_back(const_cast<char*>(word.c_str()));  // NOLINT(*-const-cast): execve() takes it so
  arguments.push_back(nullptr);
  std::array<char, 9> locale{"LC_ALL=C"};
  const std::array<char*, 2> environment{locale.data(), nullptr};
  pid_t child = 0;
  const int spawned = ::posix_spawn(&child, words[0].c_str(), &actions, nullptr, arguments.data(), environment.data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (spawned != 0)
    return fail(Errc::unavailable, "{} cannot be started: {}", words[0], Error::from_errno(spawned, "exec").message());
  theirs.reset();
  const std::string output = drain(ours.get());
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return fail(Errc::io, "{} failed: {}", words[0], last_line(output));
  return {};
}

}  // namespace

Result<> make_ext4(const std::string& device, const std::string& uuid) {
  // One inode for 16 KiB, as for a large file system: the first, small size would choose four times as many. Reserved
  // descriptors for the largest growth that they allow; beyond it the kernel uses meta_bg by itself.
  return run_program({mke2fs,
                      "-q",
                      "-F",
                      "-t",
                      "ext4",
                      "-b",
                      "4096",
                      "-i",
                      "16384",
                      "-I",
                      "256",
                      "-m",
                      "1",
                      "-J",
                      "size=64",
                      "-U",
                      uuid,
                      "-L",
                      "asterism-state",
                      "-E",
                      "nodiscard,assume_storage_prezeroed=1,lazy_journal_init=1,resize=2147483648",
                      device});
}

Result<> mount_ext4(const std::string& device, const std::string& where) {
  if (::mkdir(where.c_str(), 0755) != 0 && errno != EEXIST)
    return std::unexpected{Error::from_errno(errno, std::format("making the folder '{}'", where))};
  if (::mount(device.c_str(), where.c_str(), "ext4", MS_NODEV | MS_NOATIME, "errors=remount-ro") != 0)
    return std::unexpected{Error::from_errno(errno, std::format("mounting '{}' at '{}'", device, where))};
  return {};
}

Result<> grow_ext4(const std::string& where, std::uint64_t size_bytes) {
  const UniqueFd folder{::open(where.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!folder) return std::unexpected{Error::from_errno(errno, std::format("opening '{}'", where))};
  std::uint64_t blocks = size_bytes / block_bytes;
  if (::ioctl(folder.get(), resize_fs_request, &blocks) != 0) {
    return std::unexpected{
        Error::from_errno(errno, std::format("growing the file system at '{}' to {} blocks", where, blocks))};
  }
  return {};
}

Result<> unmount(const std::string& where) {
  if (::umount2(where.c_str(), UMOUNT_NOFOLLOW) != 0 && errno != EINVAL && errno != ENOENT)
    return std::unexpected{Error::from_errno(errno, std::format("unmounting '{}'", where))};
  return {};
}

}  // namespace asterism::disk_mapper
