// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/error.hpp"

namespace asterism::disk_mapper {

/// A random UUID (version 4), lower case. @errors `io` where the kernel gives no random bytes.
/// @source RFC 9562, section 5.4.
[[nodiscard]] Result<std::string> random_uuid();

}  // namespace asterism::disk_mapper
