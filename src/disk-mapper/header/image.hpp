// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "common/bytes.hpp"
#include "common/error.hpp"
#include "common/unique_fd.hpp"

namespace asterism::disk_mapper {

/// A header in memory, as a file that libcryptsetup can work on: a memfd, never a block device. What was checked is
/// what is opened, whatever happens to the disk meanwhile.
class HeaderFile {
 public:
  /// @param image header_bytes. @errors `io`; `internal` for another size.
  [[nodiscard]] static Result<HeaderFile> make(Bytes image);

  /// Valid in this process, as long as the object lives.
  [[nodiscard]] std::string path() const;
  /// The content now. @errors `io`.
  [[nodiscard]] Result<std::vector<std::byte>> read() const;

 private:
  explicit HeaderFile(UniqueFd fd) : fd_{std::move(fd)} {}
  /// Writes all but zeros, which are there already: nearly all of a header.
  [[nodiscard]] Result<> fill(Bytes image);
  [[nodiscard]] Result<> write(std::uint64_t offset, Bytes bytes);

  UniqueFd fd_;
};

}  // namespace asterism::disk_mapper
