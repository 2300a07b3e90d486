// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/json.hpp"
#include "manifest/artefact.hpp"
#include "manifest/launch.hpp"
#include "manifest/pcr_values.hpp"
#include "manifest/release.hpp"

namespace asterism::manifest {

/// A file by content.
struct InputRecord {
  std::string name;
  Digest sha256{HashAlgorithm::sha256};
  friend bool operator==(const InputRecord&, const InputRecord&) = default;
};

/// A section of the UKI.
struct SectionRecord {
  std::string name;
  bool measured = true;
  std::uint64_t size_bytes = 0;
  BankDigests digests = {};
  friend bool operator==(const SectionRecord&, const SectionRecord&) = default;
};

/// A PE file of the boot chain. Three digests of one file: `sha256` is of the bytes, `authenticode` is what signatures
/// and PCR 4 hold.
struct ImageRecord {
  std::string name;
  std::string version;
  std::uint64_t size_bytes = 0;
  Digest sha256{HashAlgorithm::sha256};
  BankDigests authenticode = {};
  friend bool operator==(const ImageRecord&, const ImageRecord&) = default;
};

/// What the UKI's stub hands over. Absent where nothing measures it.
struct KernelRecord {
  std::optional<BankDigests>
      authenticode;                   ///< of the kernel inside the UKI: PCR 4 with stubs that load it as a program
  std::optional<BankDigests> initrd;  ///< of the initrd as the kernel gets it: PCR 9
  friend bool operator==(const KernelRecord&, const KernelRecord&) = default;
};

/// How dm-verity lies over the root file system: with these and the root hash anyone can make the tree again.
/// @source Linux Documentation/admin-guide/device-mapper/verity.rst; cryptsetup wiki, DMVerity.
struct VerityTree {
  std::string data;       ///< artefact that is the file system
  std::string hash_tree;  ///< artefact that is the tree, superblock included
  std::vector<std::byte> salt;
  std::uint64_t data_block_bytes = 4096;
  std::uint64_t hash_block_bytes = 4096;
  std::uint64_t data_blocks = 0;

  friend bool operator==(const VerityTree&, const VerityTree&) = default;
};

/// What a build made, what booting it measures, and once it is released, how long and for whom that holds: the document
/// that updater, verifier and cluster share.
struct Manifest {
  static constexpr std::uint64_t schema_version = 2;

  std::string name;
  std::string version;
  bool locked = false;                      ///< every package was the one in the lock file
  std::string revision;                     ///< of the source
  std::vector<InputRecord> inputs;          ///< by name
  std::optional<std::string> package_lock;  ///< the one of `inputs` that locks the packages
  std::vector<ArtefactRecord> artefacts;    ///< by name
  std::optional<std::string> sbom;          ///< the one of `artefacts` that is the bill of materials
  Digest root_hash{HashAlgorithm::sha256};  ///< of the dm-verity tree
  std::optional<VerityTree> verity;
  std::optional<ImageRecord> boot_loader;
  ImageRecord uki;
  std::vector<SectionRecord> sections;  ///< of the UKI, in order of measurement
  KernelRecord kernel;                  ///< absent in manifests that were written before there was this field
  std::string command_line;
  /// platform -> state of Secure Boot -> values; a state in which the image does not start is left out.
  std::map<std::string, std::map<SecureBoot, BankValues>, std::less<>> measurements;
  std::vector<LaunchRecord> launch;  ///< what hardware measures; empty if nobody computed it. See sort_launch()
  std::optional<Release> release;    ///< absent as the build writes it, so that builds can be compared

  friend bool operator==(const Manifest&, const Manifest&) = default;
};

/// Most bytes that a manifest may have.
inline constexpr std::uint64_t manifest_bytes_max = 4U << 20;

/// The array `sections` of a manifest, and of other reports.
[[nodiscard]] Json sections_json(const std::vector<SectionRecord>& sections);

/// The JSON of a manifest, the same bytes for the same content. Schema: image-manifests/schemas/manifest.schema.json.
[[nodiscard]] Json to_json(const Manifest& manifest);

/// Reads a manifest: what to_json() writes and nothing else. It says nothing about who wrote it: see verify().
/// @errors `corrupt` for bad JSON, a missing field, a wrong type or an impossible value, names that are paths, roles of
///         files that are not listed, or lists out of order; `unverified` for an unknown field or platform;
///         `unsupported` for another schema version.
/// @checked image-manifests/examples/ by this and by the JSON Schema; tests/fuzz/manifest.
[[nodiscard]] Result<Manifest> parse_manifest(std::string_view text);

}  // namespace asterism::manifest
