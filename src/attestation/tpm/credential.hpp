// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "attestation/public_key.hpp"

namespace asterism::attestation {

/// What TPM2_ActivateCredential takes; both with their size in front, as the TPM wants them.
struct Credential {
  std::vector<std::byte> id_object;         ///< TPM2B_ID_OBJECT
  std::vector<std::byte> encrypted_secret;  ///< TPM2B_ENCRYPTED_SECRET
};

/// TPM2_MakeCredential in software, for endorsement keys of the TCG's default templates.
/// @param name the AK's name, with its algorithm in front.
/// @param secret at most as long as the EK's name digest.
/// @errors `unsupported` for an EK other than RSA 2048, P-256 or P-384; `internal` if OpenSSL fails.
/// @source TPM 2.0 library specification 1.59, part 1 section 24, section 11.4.10 (KDFa, KDFe), annexes B.10.4, C.6.4.
[[nodiscard]] Result<Credential> make_credential(const PublicKey& ek, Bytes name, Bytes secret);

}  // namespace asterism::attestation
