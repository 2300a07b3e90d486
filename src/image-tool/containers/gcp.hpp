// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "common/bytes.hpp"
#include "common/error.hpp"

namespace asterism::image_tool {

/// GCP takes disks of whole GiB only.
inline constexpr std::uint64_t gcp_alignment_bytes = std::uint64_t{1} << 30;

/// Writes the archive that GCP makes an image of: gzip of an old GNU tar with the one sparse member disk.raw.
///
/// The disk is extended by zeros to whole GiB and else left as it is. Its backup partition table therefore stays where
/// the disk ended before, as it does on every cloud that gives a node a larger disk than the image; the primary table,
/// which firmware measures, is the same in all containers. See docs/containers.md.
/// @errors `unsupported` for a disk over 8 GiB, which the old format's numbers do not reach; `not_found`, `io`.
[[nodiscard]] Result<> write_gcp(Bytes disk, const std::string& path);

/// Proves that the archive `file` holds `disk` and zeros up to whole GiB, and nothing else.
/// @errors `corrupt` for a malformed archive; `unverified` naming the first other byte, another name or another size.
[[nodiscard]] Result<> check_gcp(Bytes file, Bytes disk);

}  // namespace asterism::image_tool
