// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/guid.hpp"

namespace asterism::efi {

/// One used entry of a GPT; offset and size are bytes from the start of the disk.
struct Partition {
  Guid type;
  Guid unique;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::string label;  ///< UTF-8
};

inline constexpr Guid esp_partition_type{"c12a7328-f81f-11d2-ba4b-00a0c93ec93b"};
inline constexpr Guid xbootldr_partition_type{"bc13c2ff-59e6-4262-a352-b275fd6f7172"};

/// The used partitions of the primary GPT, in table order; sectors of 512 or 4096 bytes.
///
/// The backup table is not consulted: an image whose primary table is damaged is refused, since what it boots would
/// depend on the firmware.
/// @errors `corrupt` naming the place for a bad signature, checksum, or a partition that passes the disk or overlaps
///         another; `unsupported` for more than 1024 entries or entries over 4096 bytes.
/// @source UEFI 2.10 section 5.3.
/// @checked tests/interop/gpt_fat.sh against images of systemd-repart and sfdisk; tests/fuzz/gpt.
[[nodiscard]] Result<std::vector<Partition>> read_gpt(const ByteView& disk);

}  // namespace asterism::efi
