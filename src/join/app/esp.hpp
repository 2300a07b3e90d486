// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "common/error.hpp"

namespace asterism::join {

/// The node's document on the EFI system partition, which is mounted at `where` meanwhile. Nullopt where there is no
/// partition, it cannot be mounted (said on stderr) or has no document.
/// @errors those of read_document(); `io` for `where`.
[[nodiscard]] Result<std::optional<std::vector<std::byte>>> document_of_esp(const std::string& device,
                                                                            const std::string& where);

}  // namespace asterism::join
