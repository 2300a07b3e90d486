// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/bytes.hpp"
#include "common/digest.hpp"

namespace asterism::measured_boot {

/// What a build of OVMF has written into its first volume on a type of machine when it measures that volume.
struct OvmfWrite {
  std::string machine;       ///< as QEMU calls it
  std::uint64_t offset = 0;  ///< in the volume, in bytes
  std::vector<std::byte> bytes;
};

/// A build of OVMF that was looked at while it ran.
struct OvmfBuild {
  std::string build;
  Digest early_volume{HashAlgorithm::sha256};  ///< of the volume as the file has it
  std::vector<OvmfWrite> machines;             ///< none where what it writes depends on more than that
  std::string why;
  std::string source;
};

/// Reads data/launch/ovmf.json. @errors `corrupt`, `unverified`, `unsupported` for a file that breaks its own rules.
[[nodiscard]] Result<std::vector<OvmfBuild>> ovmf_builds();

}  // namespace asterism::measured_boot
