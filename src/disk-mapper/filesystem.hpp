// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "common/error.hpp"

namespace asterism::disk_mapper {

/// Makes ext4 on a device that holds only zeros, so that neither inode tables nor journal have to be written, with
/// room to grow to 8 TiB and beyond while it is mounted. @errors `io` with the last line of mke2fs; `unavailable`.
[[nodiscard]] Result<> make_ext4(const std::string& device, const std::string& uuid);

/// Mounts ext4 with nodev and noatime; a damaged file system becomes read-only instead of going on.
/// @errors `io`, and all that Error::from_errno() gives.
[[nodiscard]] Result<> mount_ext4(const std::string& device, const std::string& where);

/// Grows a mounted ext4 to `size_bytes`; does nothing where it is that large. @errors `io`; `not_found`.
[[nodiscard]] Result<> grow_ext4(const std::string& where, std::uint64_t size_bytes);

/// Unmounts; fine where nothing is mounted. @errors `conflict` where it is in use; `io`.
[[nodiscard]] Result<> unmount(const std::string& where);

}  // namespace asterism::disk_mapper
