// SPDX-License-Identifier: Apache-2.0
#include "image-tool/output_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace asterism::image_tool {
namespace {

std::unexpected<Error> failed(const std::string& path) {
  return std::unexpected{Error::from_errno(errno, std::format("writing '{}'", printable(path)))};
}

}  // namespace

Result<OutputFile> OutputFile::create(const std::string& path) {
  UniqueFd fd{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644)};
  if (!fd || ::fchmod(fd.get(), 0644) != 0) return failed(path);  // whatever the umask
  return OutputFile{std::move(fd), path};
}

Result<> OutputFile::write_at(std::uint64_t offset, Bytes content) {
  while (!content.empty()) {
    const ssize_t n =
        ::pwrite(fd_.get(), content.data(), std::min(content.size(), std::size_t{1} << 30), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed(path_);
    content = content.subspan(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return {};
}

Result<> OutputFile::append(Bytes content) {
  ASTERISM_CHECK(write_at(position_, content));
  position_ += content.size();
  return {};
}

Result<> OutputFile::resize(std::uint64_t size_bytes) {
  if (::ftruncate(fd_.get(), static_cast<off_t>(size_bytes)) != 0) return failed(path_);
  return {};
}

Result<> OutputFile::close() {
  if (::close(fd_.release()) != 0) return failed(path_);
  return {};
}

bool is_zero(Bytes bytes) noexcept {
  // Comparing the range with itself one byte further is a vectorised memcmp().
  return bytes.empty() ||
         (bytes[0] == std::byte{0} && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

std::vector<DataRange> data_ranges(Bytes bytes) {
  std::vector<DataRange> ranges;
  for (std::uint64_t offset = 0; offset < bytes.size(); offset += sparse_block_bytes) {
    const std::uint64_t size = std::min(sparse_block_bytes, bytes.size() - offset);
    if (is_zero(bytes.subspan(offset, size))) continue;
    if (!ranges.empty() && ranges.back().offset + ranges.back().size == offset) {
      ranges.back().size += size;
    } else {
      ranges.push_back({offset, size});
    }
  }
  return ranges;
}

Result<std::uint64_t> round_up(std::uint64_t size, std::uint64_t unit) {
  const std::uint64_t beyond = size % unit == 0 ? 0 : unit - size % unit;
  if (size > std::numeric_limits<std::uint64_t>::max() - beyond) {
    return fail(Errc::unsupported, "{} bytes are too many", size);
  }
  return size + beyond;
}

}  // namespace asterism::image_tool
