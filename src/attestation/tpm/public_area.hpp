// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attestation/public_key.hpp"

namespace asterism::attestation {

/// A TPMT_PUBLIC: a key of a TPM with its name.
struct TpmPublicArea {
  PublicKey key;
  std::vector<std::byte> name;  ///< TPM_ALG_ID and digest of the area: the key's identity inside its TPM
};

/// Takes the public area of an attestation key apart. The key has to be one that only a TPM can hold and that signs
/// nothing but what the TPM itself says: fixedTPM, fixedParent, sensitiveDataOrigin, restricted, sign, not decrypt.
/// @errors `corrupt`; `unsupported` for other key types and name algorithms; `unverified` naming the attribute.
/// @source TPM 2.0 library specification 1.59, part 2 sections 8.3 and 12.2.4; part 1 section 16 (names).
[[nodiscard]] Result<TpmPublicArea> parse_ak_public(Bytes area);

}  // namespace asterism::attestation
