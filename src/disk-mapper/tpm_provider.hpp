// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "disk-mapper/key_provider.hpp"
#include "tpm/state_key.hpp"

namespace asterism::disk_mapper {

/// Keeps the key sealed by the TPM in the disk's header, and the record in the TPM. The key opens only for an image of
/// the line, in its initramfs, before PCR 15 is extended, at or above the floor.
/// @param tpm outlives the object.
/// @errors of its methods: as in tpm/state_key.hpp.
[[nodiscard]] std::unique_ptr<KeyProvider> tpm_provider(tpm::Tpm& tpm, tpm::ImageLine image);

}  // namespace asterism::disk_mapper
