// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/error.hpp"

namespace asterism::join {

/// Copies the node's document from the EFI system partition to `output` (mode 0600). Where there is no partition, it
/// cannot be mounted or has no document, there is none afterwards either: the node stays on its own.
/// @errors those of read_document(); `io` for `output`.
[[nodiscard]] Result<> fetch_document(const std::string& device, const std::string& output);

}  // namespace asterism::join
