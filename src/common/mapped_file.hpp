// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include "common/bytes.hpp"
#include "common/error.hpp"

namespace asterism {

/// A regular file mapped read-only: an image of any size costs address space, not memory.
///
/// The mapping is shared with the page cache. A process that truncates the file meanwhile ends this one by SIGBUS, so
/// map only files that nobody untrusted can write (build outputs, downloads after they were closed).
class MappedFile {
 public:
  /// @errors `not_found`; `io`; `unsupported` for anything but a regular file.
  [[nodiscard]] static Result<MappedFile> open(const std::string& path);

  MappedFile(MappedFile&& other) noexcept : bytes_{std::exchange(other.bytes_, {})} {}
  MappedFile& operator=(MappedFile&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  [[nodiscard]] Bytes bytes() const noexcept { return bytes_; }

  /// Takes the pages of a stretch out of this process's memory until they are read again; they stay in the page cache.
  /// @param stretch what of it does not lie in this mapping is left alone.
  void drop(Bytes stretch) const noexcept;

 private:
  explicit MappedFile(Bytes bytes) noexcept : bytes_{bytes} {}

  Bytes bytes_;
};

}  // namespace asterism
