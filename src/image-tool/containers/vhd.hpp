// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "common/bytes.hpp"
#include "common/digest.hpp"
#include "common/error.hpp"

namespace asterism::image_tool {

/// Azure takes disks of whole MiB only.
inline constexpr std::uint64_t vhd_alignment_bytes = std::uint64_t{1} << 20;

/// Writes a fixed VHD: the disk's bytes, zeros up to whole MiB, the footer.
/// @param content SHA-256 of `disk`.
/// @errors `unsupported` for a disk over vhd_maximum_bytes; `not_found`, `io`.
[[nodiscard]] Result<> write_vhd(Bytes disk, const Digest& content, const std::string& path);

/// Proves that the VHD `file` holds `disk` and zeros up to whole MiB.
/// @errors `corrupt` for a malformed VHD; `unverified` naming the first other byte, or another size.
[[nodiscard]] Result<> check_vhd(Bytes file, Bytes disk);

}  // namespace asterism::image_tool
