// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/json.hpp"
#include "measured-boot/pcr_values.hpp"

namespace asterism::measured_boot {

/// The platforms that an image is measured for.
inline constexpr std::array<std::string_view, 5> platforms{"aws", "azure", "gcp", "openstack", "qemu"};

/// A file by content: what went into a build.
struct InputRecord {
  std::string name;
  Digest sha256{HashAlgorithm::sha256};
  friend bool operator==(const InputRecord&, const InputRecord&) = default;
};

/// A file that the build made.
struct ArtefactRecord {
  std::string name;
  std::uint64_t size_bytes = 0;
  Digest sha256{HashAlgorithm::sha256};
  friend bool operator==(const ArtefactRecord&, const ArtefactRecord&) = default;
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

/// What a build made and what booting it measures: the document that updater, verifier and cluster share.
struct Manifest {
  static constexpr std::uint64_t schema_version = 1;

  std::string name;
  std::string version;
  bool locked = false;                      ///< every package was the one in the lock file
  std::string revision;                     ///< of the source
  std::vector<InputRecord> inputs;          ///< by name
  std::vector<ArtefactRecord> artefacts;    ///< by name
  Digest root_hash{HashAlgorithm::sha256};  ///< of the dm-verity tree
  std::optional<ImageRecord> boot_loader;
  ImageRecord uki;
  std::vector<SectionRecord> sections;  ///< of the UKI, in order of measurement
  std::string command_line;
  /// platform -> state of Secure Boot -> values; a state in which the image does not start is left out.
  std::map<std::string, std::map<SecureBoot, BankValues>, std::less<>> measurements;

  friend bool operator==(const Manifest&, const Manifest&) = default;
};

/// The JSON of a manifest, the same bytes for the same content. Schema: image-manifests/schemas/manifest.schema.json.
[[nodiscard]] Json to_json(const Manifest& manifest);

/// Reads a manifest: what to_json() writes and nothing else.
/// @errors `corrupt` for bad JSON, a missing field, a wrong type or an impossible value, names that are paths, or lists
///         out of order; `unverified` for an unknown field or platform; `unsupported` for another schema version.
/// @checked image-manifests/examples/ by this and by the JSON Schema; tests/fuzz/manifest.
[[nodiscard]] Result<Manifest> parse_manifest(std::string_view text);

}  // namespace asterism::measured_boot
