// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <set>

#include "attestation/tpm/quote.hpp"

namespace asterism::attestation {

/// What a relying party demands of a TPM quote.
struct TpmPolicy {
  PcrSelection selection{};                      ///< exactly these PCRs have to be quoted
  bool require_safe_clock = false;               ///< refuse a clock that may have gone back
  std::optional<std::uint32_t> reset_count{};    ///< as seen before, to notice a restart
  std::optional<std::uint32_t> restart_count{};  ///< as seen before, to notice a resume
  std::set<std::uint64_t> firmware_versions{};   ///< if not empty: the only ones allowed
};

}  // namespace asterism::attestation
