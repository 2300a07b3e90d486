// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "attestation/snp/report.hpp"
#include "common/digest.hpp"

namespace asterism::attestation {

/// What a relying party demands of a SEV-SNP guest. The defaults refuse everything that a node does not need.
struct SnpPolicy {
  std::set<SnpProduct> products{};  ///< allowed; empty allows none
  std::uint32_t vmpl = 0;           ///< the level that has to have asked for the report
  std::uint32_t guest_svn_min = 0;
  bool allow_debug = false;
  bool allow_smt = false;
  bool allow_migration_agent = false;
  bool require_single_socket = false;
  bool allow_vlek = true;
  std::uint64_t platform_required = 0;  ///< bits of SnpPlatform, e.g. alias_check
  SnpFirmware firmware_min{};           ///< of the committed firmware
  std::optional<FixedBytes<16>> family_id{};
  std::optional<FixedBytes<16>> image_id{};
  std::vector<FixedBytes<48>> id_keys{};      ///< if not empty: digests of keys that may have signed the ID block
  std::vector<FixedBytes<48>> author_keys{};  ///< if not empty: digests of keys that may have signed the ID key
  std::vector<FixedBytes<64>> chip_ids{};     ///< if not empty: the only chips allowed; excludes VLEKs with masked ids
  std::uint64_t mitigations_required = 0;     ///< bits of both mitigation vectors, which need a report of version 5
  /// Whether the launch measurement has to be one of an image. Off only where a cloud's paravisor is what is measured;
  /// then id_keys must name who made it, and the images are told apart by the TPM inside.
  bool measurement_from_images = true;
};

/// What this one report has to say.
struct SnpExpectation {
  FixedBytes<64> report_data{};
  std::optional<FixedBytes<32>> host_data{};  ///< not compared if absent
};

}  // namespace asterism::attestation
