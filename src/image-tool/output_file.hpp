// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/bytes.hpp"
#include "common/error.hpp"
#include "common/unique_fd.hpp"

namespace asterism::image_tool {

/// A file that is being written front to back or at given places; ranges never written read as zero and take no space.
class OutputFile {
 public:
  /// Creates or empties the file, mode 0644. @errors `not_found` without the folder; `io`.
  [[nodiscard]] static Result<OutputFile> create(const std::string& path);

  /// @errors `io`.
  [[nodiscard]] Result<> write_at(std::uint64_t offset, Bytes content);
  /// Writes behind the last append(). @errors `io`.
  [[nodiscard]] Result<> append(Bytes content);
  /// Cuts or extends with zeros. @errors `io`.
  [[nodiscard]] Result<> resize(std::uint64_t size_bytes);
  /// Closes, so that late errors are seen. @errors `io`.
  [[nodiscard]] Result<> close();

 private:
  OutputFile(UniqueFd fd, std::string path) : fd_{std::move(fd)}, path_{std::move(path)} {}

  UniqueFd fd_;
  std::string path_;
  std::uint64_t position_ = 0;
};

/// Blocks in which holes are looked for: whether a file has holes on disk shows in no output, only its bytes do.
inline constexpr std::uint64_t sparse_block_bytes = std::uint64_t{64} << 10;

/// A range of bytes that is not all zero.
struct DataRange {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

/// True where every byte is zero, and for nothing at all.
[[nodiscard]] bool is_zero(Bytes bytes) noexcept;

/// The runs of blocks that are not all zero, in order; the last one may end off a block border, where `bytes` does.
[[nodiscard]] std::vector<DataRange> data_ranges(Bytes bytes);

/// Smallest multiple of `unit` that is not below `size`. @errors `unsupported` if it passes 64 bits.
[[nodiscard]] Result<std::uint64_t> round_up(std::uint64_t size, std::uint64_t unit);

}  // namespace asterism::image_tool
