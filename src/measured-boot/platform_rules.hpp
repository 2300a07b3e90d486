// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/json.hpp"
#include "measured-boot/pcr.hpp"

namespace asterism::measured_boot {

/// What another value of a PCR means to whoever verifies.
enum class PcrRule : std::uint8_t {
  enforced,      ///< it is refused
  warned,        ///< it is reported
  unpredictable  ///< nothing: the register says nothing about the image
};

/// "enforced", "warned" or "unpredictable".
[[nodiscard]] std::string_view to_string(PcrRule rule) noexcept;

/// One PCR on a platform.
struct PlatformPcr {
  PcrIndex pcr = 0;
  PcrRule rule = PcrRule::unpredictable;
  std::string why;
  std::string source;
};

/// What each PCR is worth on a platform, as data/platforms/<name>.json says.
struct PlatformRules {
  std::string name;
  std::string title;
  std::string tpm;                ///< where the TPM is
  std::vector<PlatformPcr> pcrs;  ///< 0 to 15, in order
};

/// Reads the rules of "aws", "azure", "gcp", "openstack" or "qemu".
/// @errors `not_found` for another name; `corrupt`, `unverified` for a data file that breaks its own rules.
[[nodiscard]] Result<PlatformRules> find_platform(std::string_view name);

/// The table for people. @param predicted the PCRs that this run predicts.
[[nodiscard]] std::string platform_table(const PlatformRules& rules, const std::vector<PcrIndex>& predicted);

/// The member "platform" of `predict --json`; schema: image-manifests/schemas/prediction.schema.json.
[[nodiscard]] Json platform_json(const PlatformRules& rules, const std::vector<PcrIndex>& predicted);

}  // namespace asterism::measured_boot
