// SPDX-License-Identifier: Apache-2.0
#include "disk-mapper/header/image.hpp"

#include <cerrno>

#include <sys/mman.h>
#include <unistd.h>

#include "disk-mapper/header/copy.hpp"

namespace asterism::disk_mapper {

Result<HeaderFile> HeaderFile::make(Bytes image) {
  if (image.size() != header_bytes) return fail(Errc::internal, "a header image of {} bytes", image.size());
  HeaderFile file{UniqueFd{::memfd_create("asterism-header", MFD_CLOEXEC | MFD_NOEXEC_SEAL)}};
  if (!file.fd_) return std::unexpected{Error::from_errno(errno, "making a file in memory for the header")};
  ASTERISM_CHECK(file.write(image));
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

Result<> HeaderFile::write(Bytes bytes) {
  off_t at = 0;
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
