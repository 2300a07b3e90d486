// SPDX-License-Identifier: Apache-2.0
#include "disk-mapper/header/image.hpp"

#include <cerrno>

#include <sys/mman.h>
#include <unistd.h>

#include "disk-mapper/header/copy.hpp"
#include "disk-mapper/header/zeros.hpp"

namespace asterism::disk_mapper {
namespace {

constexpr std::uint64_t block_bytes = 4096;
static_assert(header_bytes % block_bytes == 0);

}  // namespace

Result<HeaderFile> HeaderFile::make(Bytes image) {
  if (image.size() != header_bytes) return fail(Errc::internal, "a header image of {} bytes", image.size());
  HeaderFile file{UniqueFd{::memfd_create("asterism-header", MFD_CLOEXEC | MFD_NOEXEC_SEAL)}};
  if (!file.fd_) return std::unexpected{Error::from_errno(errno, "making a file in memory for the header")};
  ASTERISM_CHECK(file.fill(image));
  return file;
}

std::string HeaderFile::path() const {
  return std::format("/proc/self/fd/{}", fd_.get());
}

Result<std::vector<std::byte>> HeaderFile::read() const {
  std::vector<std::byte> image(header_bytes);
  std::size_t done = 0;
  while (done < image.size()) {
    const ssize_t n = ::pread(fd_.get(), image.data() + done, image.size() - done, static_cast<off_t>(done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::unexpected{Error::from_errno(errno, "reading the header in memory")};
    if (n == 0) return fail(Errc::internal, "the header in memory has only {} bytes", done);
    done += static_cast<std::size_t>(n);
  }
  return image;
}

Result<> HeaderFile::fill(Bytes image) {
  if (::ftruncate(fd_.get(), static_cast<off_t>(image.size())) != 0)
    return std::unexpected{Error::from_errno(errno, "making room for the header in memory")};
  for (std::uint64_t at = 0; at < image.size(); at += block_bytes) {
    const Bytes block = image.subspan(at, block_bytes);
    if (!is_zero(block)) ASTERISM_CHECK(write(at, block));
  }
  return {};
}

Result<> HeaderFile::write(std::uint64_t offset, Bytes bytes) {
  auto at = static_cast<off_t>(offset);
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd_.get(), bytes.data(), bytes.size(), at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::unexpected{Error::from_errno(errno, "writing the header in memory")};
    bytes = bytes.subspan(static_cast<std::size_t>(n));
    at += n;
  }
  return {};
}

}  // namespace asterism::disk_mapper
