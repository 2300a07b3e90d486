// SPDX-License-Identifier: Apache-2.0
#include "common/mapped_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

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

void MappedFile::drop(Bytes stretch) const noexcept {
  const auto address = [](const std::byte* at) { return reinterpret_cast<std::uintptr_t>(at); };
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto first = std::max(address(stretch.data()), address(bytes_.data()));
  const auto last = std::min(address(stretch.data() + stretch.size()), address(bytes_.data() + bytes_.size()));
  const auto from = (first + page - 1) / page * page;  // whole pages, and the mapping starts with one
  const auto to = last / page * page;
  if (from >= to) return;
  // Never outside of the mapping: elsewhere this would lose what was written. A failure only costs memory.
  ::madvise(const_cast<std::byte*>(bytes_.data() + (from - address(bytes_.data()))), to - from,
            MADV_DONTNEED);  // NOLINT
}

MappedFile::~MappedFile() {
  // munmap takes a pointer to non-const although it only drops the range.
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());  // NOLINT
}

}  // namespace asterism
