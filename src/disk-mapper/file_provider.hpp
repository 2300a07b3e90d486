// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "disk-mapper/key_provider.hpp"

namespace asterism::disk_mapper {

/// Keeps the secret that keys are derived from, and the record, unprotected in one block of 4 KiB at the start of a
/// file or block device: for tests and debug images. Whoever can read that block has the node's keys.
/// @param path has to exist; a block of zeros means that nothing is recorded.
/// @errors of its methods: `unavailable` where the path cannot be opened; `corrupt` for a block that is neither zeros
///         nor a record.
[[nodiscard]] std::unique_ptr<KeyProvider> file_provider(std::string path);

}  // namespace asterism::disk_mapper
