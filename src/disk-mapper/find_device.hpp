// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "common/error.hpp"

namespace asterism::disk_mapper {

/// The state disk: the first of the names that any block device has.
/// @param root empty on a node; in a test a folder with sys/ and run/udev/data/.
/// @param names as in Config::devices.
/// @returns its path, "/dev/vda6".
/// @errors `not_found` where there is none; `conflict` where two devices have the name.
[[nodiscard]] Result<std::string> find_device(const std::string& root, const std::vector<std::string>& names);

}  // namespace asterism::disk_mapper
