// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "measured-boot/prediction.hpp"
#include "tpm/policy_document.hpp"

namespace asterism::measured_boot {

/// Signs the hash of a message: a private key, wherever it is.
using SignFunction = std::function<Result<std::vector<std::byte>>(Bytes, HashAlgorithm)>;

/// What to sign.
struct PolicyRequest {
  std::vector<HashAlgorithm> banks{hash_algorithms.begin(), hash_algorithms.end()};
  /// Moments of PCR 11 that systemd's own users of signatures get, in order.
  std::vector<Stage> phases{Stage::enter_initrd, Stage::leave_initrd, Stage::sysinit, Stage::ready};
  /// Moments at which the state disk may be opened.
  std::vector<Stage> state_phases{Stage::enter_initrd};
  /// Without them only systemd's part is made.
  struct Versions {
    std::uint64_t security_version = 1;
    std::uint64_t floor = 1;
  };
  std::optional<Versions> versions;
};

/// "enter-initrd", "leave-initrd", "sysinit" or "ready", as a path of phases up to there ("enter-initrd:leave-initrd").
/// @errors `usage` for any other text.
[[nodiscard]] Result<Stage> parse_phase_path(std::string_view text);

/// Makes the content of .pcrsig for a boot.
/// @param prediction of profile 0; whether Secure Boot is on makes no difference to the registers used.
/// @errors `usage` for versions out of range or a floor above the security version; those of `sign`.
/// @source systemd-measure(1), "sign"; docs/tpm-policy.md.
/// @checked tests/interop/sign_policy.py: systemd-measure writes the same, and tpm2-tools and systemd open with it.
[[nodiscard]] Result<tpm::PolicyDocument> sign_policies(const Prediction& prediction, const tpm::PublicKey& key,
                                                        const SignFunction& sign, const PolicyRequest& request);

}  // namespace asterism::measured_boot
