// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "efi/fat.hpp"

namespace asterism::join {

/// Where the document lies on the EFI system partition, and as an item of QEMU's fw_cfg below /sys.
inline constexpr const char* document_on_esp = "asterism/node.json";
inline constexpr const char* document_in_fw_cfg = "/sys/firmware/qemu_fw_cfg/by_name/opt/org.asterism/node.json/raw";

/// The largest document, wherever it comes from.
inline constexpr std::uint64_t document_bytes_max = 64U << 10;

/// The document on an EFI system partition, or nullopt where there is none. It is not read, only copied: that it is
/// measured before anybody looks into it is join-agent's business.
/// @errors `corrupt` for more than 64 KiB, a folder in its place, or a volume that contradicts itself; `io`.
[[nodiscard]] Result<std::optional<std::vector<std::byte>>> read_document(const efi::FatVolume& esp);

/// The document in a file of fw_cfg, or nullopt where there is none. Copied unread as well.
/// @errors `corrupt` for more than 64 KiB; `io`.
/// @source Linux 6.12, Documentation/ABI/testing/sysfs-firmware-qemu_fw_cfg.
[[nodiscard]] Result<std::optional<std::vector<std::byte>>> read_fw_cfg_document(const std::string& path);

}  // namespace asterism::join
