// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tpm/p256.hpp"
#include "tpm/tpm.hpp"

namespace asterism::tpm {

/// The point (x, then y) of a key's public area on P-256: an endorsement or an attestation key.
/// @errors `corrupt` if it is cut short; `unsupported` for another kind of key, symmetric cipher or curve.
/// @source TPM 2.0 Library, Part 2, 12.2.4.
[[nodiscard]] Result<std::vector<std::byte>> p256_point(Bytes public_area);

/// TPM2_MakeCredential in software: for the verifier, who needs no TPM.
/// @param endorsement_key TPMT_PUBLIC of a storage key on P-256 with AES-128-CFB and nameAlg SHA-256.
/// @param key_name Name of the key that the answer has to come with.
/// @errors as p256_point(); `usage` for a secret of 0 or over 32 bytes, or a Name that is none.
/// @source TPM 2.0 Library, Part 1, 24 (credential protection), 11.4.10 (KDFa, KDFe).
/// @checked tests/unit/tpm/contract_test.cpp: libtpms opens it.
[[nodiscard]] Result<Credential> make_credential(Bytes endorsement_key, Bytes key_name, const SecretBytes& secret);

/// TPM2_ActivateCredential with a private key at hand: for the fake. @errors `unverified`.
[[nodiscard]] Result<SecretBytes> open_credential(const P256Key& endorsement_key, Bytes key_name,
                                                  const Credential& credential);

}  // namespace asterism::tpm
