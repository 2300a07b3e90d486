// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "common/bytes.hpp"
#include "common/error.hpp"
#include "disk-mapper/header/checker.hpp"

namespace asterism::disk_mapper {

/// One write to the start of the disk. Writes are done in order, each flushed before the next starts.
struct HeaderWrite {
  std::uint64_t offset_bytes = 0;
  std::vector<std::byte> bytes;
  std::string_view what;  ///< for messages
};

/// The writes that bring the disk from one header to the next, so that a power cut at any point, also in the middle of
/// a write, leaves the old or the new one readable: new key slot areas, primary copy, secondary copy, and only then
/// zeros over what is left of key slots that the new header does not have.
///
/// @param old the header on the disk, or nullptr where there is none yet.
/// @param disk_image header_bytes as they are on the disk.
/// @param next_image header_bytes with the key slot areas of `next`; its metadata is not used.
/// @errors `internal` where a key slot of both has another content in the new image, or a new one lies where the old
///         header still has one; as write_copy().
[[nodiscard]] Result<std::vector<HeaderWrite>> plan_update(const CheckedCopy* old, Bytes disk_image,
                                                           const CheckedCopy& next, Bytes next_image);

}  // namespace asterism::disk_mapper
