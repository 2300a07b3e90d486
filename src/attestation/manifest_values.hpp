// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>

#include "attestation/reference_values.hpp"
#include "manifest/verify.hpp"

namespace asterism::attestation {

/// Which of a manifest's values apply: where a node runs, how it started, how far its boot has come.
struct ReferenceScope {
  std::string platform;  ///< one of manifest::platforms
  manifest::SecureBoot secure_boot = manifest::SecureBoot::on;
  manifest::Stage stage = manifest::Stage::enter_initrd;  ///< when the quote is made: one of kernel_boot_stages
  /// Registers to leave out, e.g. PCR 15, which holds the cluster's identity once a node has joined.
  std::set<unsigned> pcrs_left_out{};
  /// What is known of the machine, e.g. {"vcpus": "4"}: values of other machines do not count.
  std::map<std::string, std::string, std::less<>> conditions{};
};

/// The reference values of one image, of a manifest whose signatures, validity and state were checked.
/// @errors `unsupported` if the manifest has no values for that platform, state of Secure Boot or stage, or more than
/// 256
///         combinations of TDX registers.
[[nodiscard]] Result<ImageReference> image_reference(const manifest::Verified<manifest::Manifest>& image,
                                                     const ReferenceScope& scope);

}  // namespace asterism::attestation
