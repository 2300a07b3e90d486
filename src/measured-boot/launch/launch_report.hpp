// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/json.hpp"
#include "measured-boot/launch/sev_launch.hpp"

namespace asterism::measured_boot {

/// A file that went into a launch digest.
struct LaunchFile {
  std::string role;  ///< "firmware", "svsm", "igvm", "kernel" or "initrd"
  std::string path;
  std::uint64_t size_bytes = 0;
  Digest sha256{HashAlgorithm::sha256};
};

/// A choice that the reader of the digests has to make, because the program cannot.
struct LaunchAlternative {
  std::string kind;  ///< "guest_features", "revision", "page_order" or "zero_pages"
  std::string name;
  std::string reason;
  std::string source;
};

/// The launch digests of one request.
struct LaunchReport {
  std::string mode;  ///< "snp", "sev" or "sev-es"
  std::vector<LaunchFile> files;
  std::string vmm;                             ///< empty for SEV, where it does not matter
  std::optional<std::uint32_t> cpu_signature;  ///< where it matters
  bool kernel_hashes = false;
  std::vector<LaunchAlternative> alternatives;
  std::vector<LaunchValue> values;
  std::vector<std::string> notes;
};

/// "0x21".
[[nodiscard]] std::string hex_number(std::uint64_t value);

/// Describes a mapped file. @errors `internal` from OpenSSL.
[[nodiscard]] Result<LaunchFile> describe_file(std::string role, std::string path, Bytes content);

/// Adds the features and revisions that the request leaves open.
void add_alternatives(LaunchReport& report, const std::vector<FeatureChoice>& features,
                      const std::vector<VmsaRevision>& revisions);

/// The table for people.
[[nodiscard]] std::string launch_table(const LaunchReport& report);

/// The JSON; schema: image-manifests/schemas/launch.schema.json.
[[nodiscard]] Json launch_json(const LaunchReport& report);

/// Parts that other reports share.
[[nodiscard]] Json files_json(const std::vector<LaunchFile>& files);
[[nodiscard]] Json alternatives_json(const std::vector<LaunchAlternative>& alternatives);
[[nodiscard]] std::string files_table(const std::vector<LaunchFile>& files);
[[nodiscard]] std::string alternatives_table(const std::vector<LaunchAlternative>& alternatives);

}  // namespace asterism::measured_boot
