// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/digest.hpp"
#include "common/json_decoder.hpp"

namespace asterism::manifest {

/// The platforms that an image is measured for.
inline constexpr std::array<std::string_view, 5> platforms{"aws", "azure", "gcp", "openstack", "qemu"};

/// A technology whose hardware measures the start of a VM.
enum class Technology : std::uint8_t { sev, sev_es, snp, tdx };

/// "sev", "sev-es", "snp" or "tdx".
[[nodiscard]] std::string_view to_string(Technology technology) noexcept;

/// A register of such hardware. SEV technologies have `measurement`, TDX has the others.
enum class LaunchRegister : std::uint8_t { measurement, mrtd, rtmr0, rtmr1, rtmr2, rtmr3 };

/// "measurement", "mrtd", "rtmr0", "rtmr1", "rtmr2" or "rtmr3".
[[nodiscard]] std::string_view to_string(LaunchRegister name) noexcept;

/// What values are: SHA-256 for SEV and SEV-ES, SHA-384 for SNP and TDX.
[[nodiscard]] HashAlgorithm launch_algorithm(Technology technology) noexcept;

/// The values that one register may have under given conditions.
struct LaunchRecord {
  std::string platform;  ///< one of `platforms`
  Technology technology = Technology::snp;
  LaunchRegister name = LaunchRegister::measurement;
  /// What has to be so for these values, e.g. {"vcpus": "4", "vcpu_type": "EPYC-v4"}. Keys are of small letters, digits
  /// and '_'.
  std::map<std::string, std::string, std::less<>> conditions;
  std::vector<Digest> values;  ///< at least one; any of them is right. Each once, in order of their digits
  std::string reason;          ///< why there are these: one line for people

  friend bool operator==(const LaunchRecord&, const LaunchRecord&) = default;
};

/// Brings records and their values into the order in which a manifest has them, and removes values given twice.
void sort_launch(std::vector<LaunchRecord>& records);

/// The array `launch` of a manifest.
[[nodiscard]] Json to_json(const std::vector<LaunchRecord>& records);

/// The reverse of to_json().
/// @errors as JsonObjectDecoder; `unverified` for an unknown platform, technology or register; `corrupt` for a register
///         that the technology does not have, values of the wrong length, none or twice, or records out of order.
[[nodiscard]] Result<std::vector<LaunchRecord>> decode_launch(JsonObjectDecoder& object, std::string_view key);

}  // namespace asterism::manifest
