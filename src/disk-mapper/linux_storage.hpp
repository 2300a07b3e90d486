// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "disk-mapper/node_storage.hpp"

namespace asterism::disk_mapper {

/// The real disk and kernel: device mapper, libcryptsetup, mke2fs, ext4. Needs root.
[[nodiscard]] std::unique_ptr<NodeStorage> linux_storage();

}  // namespace asterism::disk_mapper
