// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "common/error.hpp"

namespace asterism::join {

/// The node's document on the EFI system partition. It is never mounted: the kernel's drivers do not see what a host
/// wrote there. Nullopt where there is no partition, it holds no FAT volume (said on stderr) or has no document.
/// @errors those of read_document().
[[nodiscard]] Result<std::optional<std::vector<std::byte>>> document_of_esp(const std::string& device);

}  // namespace asterism::join
