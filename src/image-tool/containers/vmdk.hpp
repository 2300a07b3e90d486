// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "common/bytes.hpp"
#include "common/error.hpp"

namespace asterism::image_tool {

/// Where the text descriptor lies in a sparse VMDK file, in bytes.
struct VmdkDescriptor {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

/// Largest descriptor that is looked at; qemu-img reserves 10 KiB.
inline constexpr std::uint64_t vmdk_descriptor_maximum_bytes = std::uint64_t{64} << 10;

/// Finds the embedded descriptor by the header of a sparse extent.
/// @param head the first bytes of the file, as many as there are up to 128 KiB.
/// @errors `corrupt` for a wrong mark, or a descriptor that is empty, too large or outside `head`; `unsupported` for a
///         version other than 1 to 3.
/// @source VMware "Virtual Disk Format" 5.0, "Hosted Sparse Extents" (struct SparseExtentHeader).
[[nodiscard]] Result<VmdkDescriptor> find_vmdk_descriptor(const ByteView& head);

/// Replaces the content id, which qemu-img draws at random, in the text of a descriptor, by eight digits.
/// @errors `corrupt` unless there is exactly one line "CID=" with one to eight hexadecimal digits and room for eight,
///         the create type is streamOptimized, and there is no parent.
[[nodiscard]] Result<> set_vmdk_content_id(std::span<char> descriptor, std::uint32_t content_id);

/// Both of the above on a file. @errors as above; `not_found`, `io`.
[[nodiscard]] Result<> fix_vmdk(const std::string& path, std::uint32_t content_id);

}  // namespace asterism::image_tool
