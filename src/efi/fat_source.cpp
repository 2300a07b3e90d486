// SPDX-License-Identifier: Apache-2.0
#include "efi/fat_source.hpp"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

#include "common/fs.hpp"

namespace asterism::efi {
namespace {

class InMemory final : public FatSource {
 public:
  explicit InMemory(const ByteView& volume) : volume_{volume} {}

  [[nodiscard]] std::uint64_t size() const noexcept override { return volume_.size(); }
  [[nodiscard]] std::uint64_t origin() const noexcept override { return volume_.origin(); }
  [[nodiscard]] Result<FatBytes> read(std::uint64_t offset, std::uint64_t size, std::string_view what) const override {
    ASTERISM_TRY(const auto part, volume_.sub(offset, size, what));
    return FatBytes{ByteView{part.bytes()}};  // messages about a file count from its start
  }

 private:
  ByteView volume_;
};

class OnDevice final : public FatSource {
 public:
  OnDevice(UniqueFd fd, std::uint64_t size) : fd_{std::move(fd)}, size_{size} {}

  [[nodiscard]] std::uint64_t size() const noexcept override { return size_; }
  [[nodiscard]] std::uint64_t origin() const noexcept override { return 0; }
  [[nodiscard]] Result<FatBytes> read(std::uint64_t offset, std::uint64_t size, std::string_view what) const override {
    // Before any memory is asked for: offset and size come from the volume.
    if (offset > size_ || size > size_ - offset) {
      return fail(Errc::corrupt, "{} at offset {:#x} needs {} bytes, but the device ends at {:#x}", what, offset, size,
                  size_);
    }
    std::vector<std::byte> copy(size);
    std::size_t done = 0;
    while (done < copy.size()) {
      const ssize_t n = ::pread(fd_.get(), copy.data() + done, copy.size() - done, static_cast<off_t>(offset + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return std::unexpected{Error::from_errno(errno, std::format("reading {}", what))};
      if (n == 0) return fail(Errc::io, "reading {}: the device ends at offset {:#x}", what, offset + done);
      done += static_cast<std::size_t>(n);
    }
    return FatBytes{std::move(copy)};
  }

 private:
  UniqueFd fd_;
  std::uint64_t size_;
};

}  // namespace

std::shared_ptr<const FatSource> fat_in_memory(const ByteView& volume) {
  return std::make_shared<InMemory>(volume);
}

Result<std::shared_ptr<const FatSource>> fat_on_device(const std::string& path) {
  ASTERISM_TRY(auto fd, open_read_only_at(AT_FDCWD, path));
  // The end of a block device is its size, as that of a file.
  const off_t size = ::lseek(fd.get(), 0, SEEK_END);
  if (size < 0) return std::unexpected{Error::from_errno(errno, std::format("asking for the size of '{}'", path))};
  return std::make_shared<OnDevice>(std::move(fd), static_cast<std::uint64_t>(size));
}

}  // namespace asterism::efi
