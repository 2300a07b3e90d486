// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attestation/public_key.hpp"

namespace asterism::attestation {

/// A TPMT_SIGNATURE.
struct TpmSignature {
  bool ecdsa = false;                          ///< else RSA
  RsaPadding padding = RsaPadding::pkcs1;      ///< of RSA
  HashAlgorithm hash = HashAlgorithm::sha256;  ///< also the one of a quote's PCR digest
  std::vector<std::byte> r;                    ///< big-endian; of RSA: the whole signature
  std::vector<std::byte> s;
};

/// @errors `corrupt`; `unsupported` for other schemes than ECDSA, RSASSA and RSAPSS, and other hashes than SHA-256/384.
/// @source TPM 2.0 library specification 1.59, part 2 section 11.3.4.
[[nodiscard]] Result<TpmSignature> parse_tpm_signature(Bytes signature);

/// @errors `unverified` if the signature does not fit.
[[nodiscard]] Result<> verify_tpm_signature(const TpmSignature& signature, const PublicKey& key, Bytes message);

}  // namespace asterism::attestation
