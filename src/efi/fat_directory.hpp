// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "efi/fat.hpp"

namespace asterism::efi {

/// Decodes the 32-byte slots of one directory, long names included, without ".", ".." and the volume label. A long name
/// that does not belong to the slot after it (checksum, order) is dropped, as firmware does.
/// @errors `corrupt` for two entries whose names differ only in case.
[[nodiscard]] Result<std::vector<FatEntry>> decode_fat_directory(const std::vector<std::byte>& slots);

/// Equal but for the case of ASCII letters.
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);

}  // namespace asterism::efi
