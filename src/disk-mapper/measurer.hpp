// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/digest.hpp"
#include "common/error.hpp"

namespace asterism::disk_mapper {

/// The PCR that says which state disk was opened. docs/decisions/0008-pcr-15-is-ours.md.
inline constexpr unsigned state_disk_pcr = 15;

/// Measures what was opened, so that the node's key can no longer be unsealed in this boot and a verifier sees which
/// disk the node has.
class Measurer {
 public:
  virtual ~Measurer() = default;

  /// Extends state_disk_pcr, in each bank, by the digest of `event`, and logs the event.
  /// @errors `unavailable` where there is no TPM; `io`.
  [[nodiscard]] virtual Result<> measure(const std::string& event) = 0;
};

/// "asterism-state-disk:<UUID>:<SHA-256 of the header's canonical bytes, hexadecimal>".
[[nodiscard]] inline std::string measured_event(const std::string& uuid, const Digest& header) {
  return std::format("asterism-state-disk:{}:{}", uuid, header.hex());
}

}  // namespace asterism::disk_mapper
