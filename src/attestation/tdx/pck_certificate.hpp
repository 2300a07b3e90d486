// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attestation/certificate.hpp"

namespace asterism::attestation {

/// What Intel's extension in a PCK certificate says about the platform.
struct PckFacts {
  FixedBytes<16> ppid{};        ///< the platform's identity
  FixedBytes<16> components{};  ///< SVN of each part of the SGX TCB
  std::uint16_t pce_svn = 0;
  FixedBytes<2> pce_id{};
  FixedBytes<6> fmspc{};  ///< family, model, stepping, custom SKU: which TCB info applies
};

/// Reads the extension 1.2.840.113741.1.13.1.
/// @errors `not_found` without it; `corrupt` for unknown, missing or repeated members.
/// @source Intel SGX PCK certificate and CRL profile specification 1.5, section 1.3.5.
[[nodiscard]] Result<PckFacts> read_pck_certificate(const Certificate& certificate);

}  // namespace asterism::attestation
