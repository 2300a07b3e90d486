// SPDX-License-Identifier: Apache-2.0
#include "common/fs.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace asterism {
namespace {

constexpr std::size_t page_bytes = 4096;
constexpr std::size_t chunk_bytes = std::size_t{1} << 20;

std::unexpected<Error> errno_failure(std::string_view doing, const std::string& path,
                                     std::source_location where = std::source_location::current()) {
  const int number = errno;
  return std::unexpected<Error>{Error::from_errno(number, std::format("{} '{}'", doing, printable(path)), where)};
}

Result<> write_all(int fd, Bytes content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t n = ::write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno_failure("writing", path);
    content = content.subspan(static_cast<std::size_t>(n));
  }
  return {};
}

Result<> write_synced(const std::string& path, Bytes content, unsigned mode) {
  const UniqueFd fd{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode)};
  if (!fd) return errno_failure("creating", path);
  ASTERISM_CHECK(write_all(fd.get(), content, path));
  if (::fsync(fd.get()) != 0) return errno_failure("flushing", path);
  return {};
}

}  // namespace

Result<UniqueFd> open_read_only_at(int dirfd, const std::string& path) {
  UniqueFd fd{::openat(dirfd, path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)};
  if (!fd) return errno_failure("opening", path);
  return fd;
}

Result<std::vector<std::byte>> read_file_at(int dirfd, const std::string& path, std::uint64_t limit_bytes) {
  ASTERISM_TRY(const auto fd, open_read_only_at(dirfd, path));
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) return errno_failure("reading", path);
  const auto reported = static_cast<std::uint64_t>(std::max<off_t>(status.st_size, 0));
  std::vector<std::byte> content;
  content.reserve(static_cast<std::size_t>(std::min(reported, limit_bytes)) + 1);
  for (;;) {
    const std::size_t have = content.size();
    content.resize(std::max(content.capacity(), have + page_bytes));
    const ssize_t n = ::read(fd.get(), content.data() + have, std::min(content.size() - have, std::size_t{1} << 30));
    content.resize(have + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno_failure("reading", path);
    if (content.size() > limit_bytes) {
      return fail(Errc::unsupported, "reading '{}': larger than the limit of {} bytes", printable(path), limit_bytes);
    }
    if (n == 0) return content;
  }
}

Result<std::vector<std::byte>> read_file(const std::string& path, std::uint64_t limit_bytes) {
  return read_file_at(AT_FDCWD, path, limit_bytes);
}

Result<std::string> read_text_file(const std::string& path, std::uint64_t limit_bytes) {
  ASTERISM_TRY(const auto content, read_file(path, limit_bytes));
  return std::string{as_text(content)};
}

Result<> for_each_chunk(const std::string& path, const std::function<void(Bytes)>& take) {
  ASTERISM_TRY(const auto fd, open_read_only_at(AT_FDCWD, path));
  std::vector<std::byte> buffer(chunk_bytes);
  for (;;) {
    const ssize_t n = ::read(fd.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno_failure("reading", path);
    if (n == 0) return {};
    take(Bytes{buffer}.first(static_cast<std::size_t>(n)));
  }
}

Result<> write_file_atomically(const std::string& path, Bytes content, unsigned mode) {
  const std::string temporary = std::format("{}.new.{}", path, ::getpid());
  auto written = write_synced(temporary, content, mode);
  if (written && ::rename(temporary.c_str(), path.c_str()) != 0) written = errno_failure("replacing", path);
  if (!written) {
    ::unlink(temporary.c_str());
    return written;
  }
  // The rename itself is durable only once the folder is flushed.
  std::string folder = std::filesystem::path{path}.parent_path().string();
  if (folder.empty()) folder = ".";
  const UniqueFd dir{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!dir || ::fsync(dir.get()) != 0) return errno_failure("flushing the folder", folder);
  return {};
}

}  // namespace asterism
