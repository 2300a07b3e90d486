// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "common/error.hpp"

namespace asterism::measured_boot {

/// A file of src/measured-boot/data, which the build puts into the program: its text.
/// @param name from that folder, e.g. "launch/vmms.json".
/// @errors `not_found`.
[[nodiscard]] Result<std::string_view> data_file(std::string_view name);

}  // namespace asterism::measured_boot
