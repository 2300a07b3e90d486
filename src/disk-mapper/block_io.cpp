// SPDX-License-Identifier: Apache-2.0
#include "disk-mapper/block_io.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/handle.hpp"
#include "common/unique_fd.hpp"

namespace asterism::disk_mapper {
namespace {

constexpr std::size_t piece_bytes = std::size_t{1} << 20;
constexpr std::size_t alignment_bytes = 4096;

std::unexpected<Error> failure(std::string_view doing, const std::string& path, std::uint64_t offset) {
  const int number = errno;
  const std::string what = std::format("{} '{}' at offset {}", doing, path, offset);
  if (number == EILSEQ) return fail(Errc::corrupt, "{}: the block's authentication fails", what);
  return std::unexpected{Error::from_errno(number, what)};
}

/// O_EXCL is left out: what is mounted or mapped from it keeps it busy.
Result<UniqueFd> open_direct(const std::string& path, int mode) {
  UniqueFd fd{::open(path.c_str(), mode | O_DIRECT | O_CLOEXEC)};
  if (!fd && errno == EINVAL) fd.reset(::open(path.c_str(), mode | O_CLOEXEC));  // a file system without O_DIRECT
  if (!fd) return std::unexpected{Error::from_errno(errno, std::format("opening '{}'", path))};
  return fd;
}

using Buffer = Handle<std::byte, ::free>;

Result<Buffer> make_buffer() {
  Buffer buffer{static_cast<std::byte*>(std::aligned_alloc(alignment_bytes, piece_bytes))};
  if (!buffer) return fail(Errc::io, "no memory for a buffer");
  std::memset(buffer.get(), 0, piece_bytes);
  return buffer;
}

Result<> write_piece(int fd, const std::string& path, std::uint64_t offset, const std::byte* data, std::size_t size) {
  while (size > 0) {
    const ssize_t n = ::pwrite(fd, data, size, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return failure("writing", path, offset);
    data += n;
    size -= static_cast<std::size_t>(n);
    offset += static_cast<std::size_t>(n);
  }
  return {};
}

Result<> flush(int fd, const std::string& path, std::uint64_t offset) {
  if (::fdatasync(fd) != 0) return failure("flushing", path, offset);
  return {};
}

}  // namespace

Result<std::uint64_t> block_size_bytes(const std::string& path) {
  const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!fd) return std::unexpected{Error::from_errno(errno, std::format("opening '{}'", path))};
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) return failure("looking at", path, 0);
  if (S_ISREG(status.st_mode)) return static_cast<std::uint64_t>(status.st_size);
  std::uint64_t size = 0;
  if (::ioctl(fd.get(), BLKGETSIZE64, &size) != 0) return failure("asking for the size of", path, 0);
  return size;
}

Result<std::vector<std::byte>> read_block(const std::string& path, std::uint64_t offset, std::uint64_t size) {
  ASTERISM_TRY(const auto fd, open_direct(path, O_RDONLY));
  ASTERISM_TRY(const auto buffer, make_buffer());
  std::vector<std::byte> out;
  out.reserve(size);
  while (out.size() < size) {
    const std::size_t wanted = std::min<std::size_t>(size - out.size(), piece_bytes);
    const ssize_t n = ::pread(fd.get(), buffer.get(), wanted, static_cast<off_t>(offset + out.size()));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failure("reading", path, offset + out.size());
    if (n == 0) return fail(Errc::io, "'{}' ends at offset {}", path, offset + out.size());
    append(out, Bytes{buffer.get(), static_cast<std::size_t>(n)});
  }
  return out;
}

Result<> write_block(const std::string& path, std::uint64_t offset, Bytes bytes) {
  ASTERISM_TRY(const auto fd, open_direct(path, O_WRONLY));
  ASTERISM_TRY(const auto buffer, make_buffer());
  std::uint64_t at = offset;
  for (Bytes left = bytes; !left.empty();) {
    const Bytes piece = left.first(std::min(left.size(), piece_bytes));
    std::ranges::copy(piece, buffer.get());
    ASTERISM_CHECK(write_piece(fd.get(), path, at, buffer.get(), piece.size()));
    at += piece.size();
    left = left.subspan(piece.size());
  }
  return flush(fd.get(), path, offset);
}

Result<> write_zero_blocks(const std::string& path, std::uint64_t offset, std::uint64_t size) {
  ASTERISM_TRY(const auto fd, open_direct(path, O_WRONLY));
  ASTERISM_TRY(const auto zeros, make_buffer());
  for (std::uint64_t done = 0; done < size;) {
    const std::size_t piece = std::min<std::size_t>(size - done, piece_bytes);
    ASTERISM_CHECK(write_piece(fd.get(), path, offset + done, zeros.get(), piece));
    done += piece;
  }
  return flush(fd.get(), path, offset);
}

}  // namespace asterism::disk_mapper
