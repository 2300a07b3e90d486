// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "common/bytes.hpp"
#include "common/error.hpp"
#include "image-tool/diff/file_list.hpp"

namespace asterism::image_tool {

/// One archive of a file that may hold several, as an initramfs does.
struct CpioArchive {
  FileList files;
  std::map<std::string, Bytes> contents;  ///< of regular files; point into the file
  std::string order;                      ///< all names in their order, for comparing it
  std::uint64_t end = 0;                  ///< where the next archive starts, zeros skipped
};

inline constexpr std::size_t cpio_maximum_files = 1'000'000;
inline constexpr std::uint64_t cpio_maximum_name_bytes = 4096;

/// Reads one archive in the "new ASCII" format from the start of `file`, which must outlive the result.
/// @errors `corrupt` naming the offset; `unsupported` past the limits.
/// @source Linux Documentation/driver-api/early-userspace/buffer-format.rst.
[[nodiscard]] Result<CpioArchive> read_cpio(const ByteView& file);

}  // namespace asterism::image_tool
