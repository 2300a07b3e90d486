// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "attestation/evidence/judge.hpp"

namespace asterism::join {

/// Reads Intel's collateral from a folder: tcb-info.json, qe-identity.json, signing-chain.pem (signer, then root),
/// pck.crl and root.crl (DER). Whether they hold is found out when a quote is judged by them.
/// @errors `not_found` naming the file; `io`.
[[nodiscard]] Result<attestation::TdxCollateralTexts> load_tdx_collateral(const std::string& folder);

}  // namespace asterism::join
