// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes.hpp"
#include "common/error.hpp"
#include "common/unique_fd.hpp"

namespace asterism {

/// Opens a file for reading, close-on-exec, relative to the folder `dirfd` (or AT_FDCWD).
/// @errors `not_found`, `io`.
[[nodiscard]] Result<UniqueFd> open_read_only_at(int dirfd, const std::string& path);

/// The whole of a regular file, or of a /sys or /proc file that reports size 0.
/// @param limit_bytes refuse more than that; memory never passes it by more than one page.
/// @errors `not_found`; `io`; `unsupported` if the file is larger than the limit.
[[nodiscard]] Result<std::vector<std::byte>> read_file_at(int dirfd, const std::string& path,
                                                          std::uint64_t limit_bytes);

/// read_file_at() from the current folder or an absolute path.
[[nodiscard]] Result<std::vector<std::byte>> read_file(const std::string& path, std::uint64_t limit_bytes);

/// read_file() as text; nothing about the encoding is checked.
[[nodiscard]] Result<std::string> read_text_file(const std::string& path, std::uint64_t limit_bytes);

/// Gives the whole of a file to `take`, in order, in pieces of up to 1 MiB: memory does not grow with the file.
/// @errors `not_found`; `io`.
[[nodiscard]] Result<> for_each_chunk(const std::string& path, const std::function<void(Bytes)>& take);

/// Replaces `path` by a file with these bytes: readers see the old or the new content, also after a power cut.
/// @errors `not_found` if the folder does not exist; `io`.
[[nodiscard]] Result<> write_file_atomically(const std::string& path, Bytes content, unsigned mode = 0644);

}  // namespace asterism
