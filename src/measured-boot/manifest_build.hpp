// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "manifest/manifest.hpp"
#include "measured-boot/launch/launch_records.hpp"
#include "measured-boot/prediction.hpp"

namespace asterism::measured_boot {

using manifest::ArtefactRecord;
using manifest::ImageRecord;
using manifest::InputRecord;
using manifest::Manifest;

/// What a manifest is made from.
struct ManifestRequest {
  std::string name;
  std::string version;
  std::string revision;
  bool locked = false;
  std::string directory;               ///< of the artefacts
  std::vector<std::string> artefacts;  ///< file names in `directory`
  std::string image;                   ///< the one that is the raw disk; measured as it boots
  std::string uki;                     ///< the one that is the UKI; must be the one on the disk
  std::vector<std::pair<std::string, std::string>> inputs = {};  ///< name and path
  std::string root_hash = {};                                    ///< 64 hexadecimal digits
  PredictOptions prediction = {};
  std::vector<LaunchFirmware> firmware = {};  ///< what confidential machines may be started with
};

/// Hashes the artefacts and predicts what the disk measures. Three files have roles by their names: the input
/// "packages.lock", the artefact "sbom.spdx.json", and <name>_<version>.root.raw with <name>_<version>.verity.raw.
/// @errors those of find_boot_files(), predict() and launch_records(); those of read_verity_superblock(); `usage` for a
/// name given twice;
///         `unverified` if the UKI file is not the one that the disk boots, or its command line does not name the root
///         hash.
[[nodiscard]] Result<Manifest> build_manifest(const ManifestRequest& request);

}  // namespace asterism::measured_boot
