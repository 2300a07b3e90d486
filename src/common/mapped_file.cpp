// SPDX-License-Identifier: Apache-2.0
#include "common/mapped_file.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "common/fs.hpp"

namespace asterism {

Result<MappedFile> MappedFile::open(const std::string& path) {
  ASTERISM_TRY(const auto fd, open_read_only_at(AT_FDCWD, path));
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) {
    return std::unexpected{Error::from_errno(errno, std::format("reading '{}'", printable(path)))};
  }
  if (!S_ISREG(status.st_mode)) return fail(Errc::unsupported, "'{}' is not a regular file", printable(path));
  if (status.st_size == 0) return MappedFile{Bytes{}};
  const auto size = static_cast<std::size_t>(status.st_size);
  void* address = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd.get(), 0);
  if (address == MAP_FAILED) {  // NOLINT: the macro is a C cast
    return std::unexpected{Error::from_errno(errno, std::format("mapping '{}'", printable(path)))};
  }
  return MappedFile{Bytes{static_cast<const std::byte*>(address), size}};
}

MappedFile::~MappedFile() {
  // munmap takes a pointer to non-const although it only drops the range.
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());  // NOLINT
}

}  // namespace asterism
