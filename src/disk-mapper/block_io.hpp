// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/bytes.hpp"
#include "common/error.hpp"

namespace asterism::disk_mapper {

/// Size of a block device or file, in bytes. @errors `not_found`; `io`.
[[nodiscard]] Result<std::uint64_t> block_size_bytes(const std::string& path);

/// Reads past the page cache, so that what was read is what the medium holds; offset and size are multiples of 512.
/// @errors `not_found`; `corrupt` where dm-crypt refuses a block (EILSEQ); `io`, also where the end is passed.
[[nodiscard]] Result<std::vector<std::byte>> read_block(const std::string& path, std::uint64_t offset,
                                                        std::uint64_t size);

/// Writes past the page cache and flushes the medium's cache; offset and size are multiples of 512.
/// @errors as read_block().
[[nodiscard]] Result<> write_block(const std::string& path, std::uint64_t offset, Bytes bytes);

/// write_block() of zeros, in pieces of 1 MiB, with one flush at the end. @errors as write_block().
[[nodiscard]] Result<> write_zero_blocks(const std::string& path, std::uint64_t offset, std::uint64_t size);

}  // namespace asterism::disk_mapper
