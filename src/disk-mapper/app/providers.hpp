// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "common/error.hpp"
#include "disk-mapper/config.hpp"
#include "disk-mapper/key_provider.hpp"
#include "disk-mapper/measurer.hpp"
#include "tpm/tpm.hpp"

namespace asterism::disk_mapper {

/// What a boot has for opening the disk; the TPM outlives what uses it.
struct Parts {
  std::unique_ptr<tpm::Tpm> chip;
  std::unique_ptr<KeyProvider> provider;
  std::unique_ptr<Measurer> measurer;
  std::string new_uuid{};  ///< of a disk that is made; empty: a random one
};

/// What becomes of a node whose key provider cannot be used.
enum class WithoutProvider : std::uint8_t {
  fail,
  go_on,  ///< its operator gave a recovery key: the provider knows nothing and says why
};

/// The key provider that the configuration asks for, and a measurer, if there is a TPM at all. Where the node has the
/// document of a cluster, the cluster takes the place of the TPM as giver of the key: the key that join-agent left is
/// taken, and counts once.
/// @errors `unavailable` where there is no TPM; what an image's policy key or signatures are refused for.
[[nodiscard]] Result<Parts> make_parts(const Config& config, WithoutProvider without = WithoutProvider::fail);

}  // namespace asterism::disk_mapper
