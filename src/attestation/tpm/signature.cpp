// SPDX-License-Identifier: Apache-2.0
#include "attestation/tpm/signature.hpp"

#include <tss2/tss2_mu.h>

#include "attestation/tpm/marshal.hpp"

namespace asterism::attestation {

Result<HashAlgorithm> hash_of_tpm(std::uint16_t algorithm) {
  if (algorithm == TPM2_ALG_SHA256) return HashAlgorithm::sha256;
  if (algorithm == TPM2_ALG_SHA384) return HashAlgorithm::sha384;
  return fail(Errc::unsupported, "hash algorithm {:#06x} (known: SHA-256, SHA-384)", algorithm);
}

Result<TpmSignature> parse_tpm_signature(Bytes signature) {
  ASTERISM_TRY(const auto structure, unmarshal<TPMT_SIGNATURE>(signature, ::Tss2_MU_TPMT_SIGNATURE_Unmarshal),
               "TPM signature");
  TpmSignature out;
  if (structure.sigAlg == TPM2_ALG_ECDSA) {
    const TPMS_SIGNATURE_ECDSA& ecdsa = structure.signature.ecdsa;
    out.ecdsa = true;
    ASTERISM_TRY(out.hash, hash_of_tpm(ecdsa.hash), "TPM signature");
    out.r = copy_of(ecdsa.signatureR.buffer, ecdsa.signatureR.size);
    out.s = copy_of(ecdsa.signatureS.buffer, ecdsa.signatureS.size);
    return out;
  }
  if (structure.sigAlg != TPM2_ALG_RSASSA && structure.sigAlg != TPM2_ALG_RSAPSS) {
    return fail(Errc::unsupported, "TPM signature: scheme {:#06x} (known: ECDSA, RSASSA, RSAPSS)", structure.sigAlg);
  }
  const TPMS_SIGNATURE_RSA& rsa =
      structure.sigAlg == TPM2_ALG_RSASSA ? structure.signature.rsassa : structure.signature.rsapss;
  out.padding = structure.sigAlg == TPM2_ALG_RSASSA ? RsaPadding::pkcs1 : RsaPadding::pss;
  ASTERISM_TRY(out.hash, hash_of_tpm(rsa.hash), "TPM signature");
  out.r = copy_of(rsa.sig.buffer, rsa.sig.size);
  return out;
}

Result<> verify_tpm_signature(const TpmSignature& signature, const PublicKey& key, Bytes message) {
  if (signature.ecdsa) return key.verify_ecdsa(signature.hash, message, signature.r, signature.s);
  return key.verify_rsa(signature.hash, signature.padding, message, signature.r);
}

}  // namespace asterism::attestation
