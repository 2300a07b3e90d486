// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>

#include "tpm/esys/context.hpp"

namespace asterism::tpm::esys {
namespace {

Result<Owned> load_public(const Context& context, const PublicKey& key) {
  const auto area = key.public_area();
  TPM2B_PUBLIC loaded{};
  std::size_t offset = 0;
  ASTERISM_CHECK(checked(::Tss2_MU_TPMT_PUBLIC_Unmarshal(reinterpret_cast<const std::uint8_t*>(area.data()),
                                                         area.size(), &offset, &loaded.publicArea),
                         "reading a public area"));
  ESYS_TR resource = ESYS_TR_NONE;
  ASTERISM_CHECK(checked(::Esys_LoadExternal(context.get(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, nullptr, &loaded,
                                             ESYS_TR_RH_OWNER, &resource),
                         "TPM2_LoadExternal"));
  return Owned{context, resource, Owned::End::flush};
}

Result<TPMT_SIGNATURE> signature_of(const PolicyAuthorize& step) {
  TPMT_SIGNATURE signature{};
  if (step.key.kind() == PublicKey::Kind::rsa) {
    signature.sigAlg = TPM2_ALG_RSASSA;
    signature.signature.rsassa.hash = TPM2_ALG_SHA256;
    auto& numbers = signature.signature.rsassa.sig;
    ASTERISM_CHECK(put(step.signature, numbers.size, numbers.buffer, "signature"));
    return signature;
  }
  signature.sigAlg = TPM2_ALG_ECDSA;
  auto& ecdsa = signature.signature.ecdsa;
  ecdsa.hash = TPM2_ALG_SHA256;
  ASTERISM_TRY(const auto both, ecdsa_r_s(step.signature));
  const Bytes numbers{both};
  ASTERISM_CHECK(put(numbers.first(32), ecdsa.signatureR.size, ecdsa.signatureR.buffer, "signature"));
  ASTERISM_CHECK(put(numbers.last(32), ecdsa.signatureS.size, ecdsa.signatureS.buffer, "signature"));
  return signature;
}

struct Run {
  const Context& context;
  Resource session;
  const Digest& before;  ///< digest of the steps so far

  Result<> operator()(const PolicyPcr& step) const {
    const auto wanted = step.selection.marshalled();
    TPML_PCR_SELECTION selection{};
    std::size_t offset = 0;
    ASTERISM_CHECK(checked(::Tss2_MU_TPML_PCR_SELECTION_Unmarshal(reinterpret_cast<const std::uint8_t*>(wanted.data()),
                                                                  wanted.size(), &offset, &selection),
                           "reading a PCR selection"));
    TPM2B_DIGEST digest{};
    ASTERISM_CHECK(put(step.values.bytes(), digest.size, digest.buffer, "PCR digest"));
    return checked(
        ::Esys_PolicyPCR(context.get(), session, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &digest, &selection),
        "TPM2_PolicyPCR");
  }

  Result<> operator()(const PolicyNv& step) const {
    ASTERISM_TRY(const auto index, by_handle(context, step.index.handle), "NV index of the policy");
    ASTERISM_TRY(const auto found, resource_name(context, index.get()));
    ASTERISM_TRY(const auto wanted, step.index.name());
    if (found != wanted) {
      return fail(Errc::unverified, "NV index {:#x} is not the one of the policy: defined otherwise, or never written",
                  step.index.handle);
    }
    TPM2B_OPERAND operand{};
    ASTERISM_CHECK(put(step.operand, operand.size, operand.buffer, "operand"));
    return checked(::Esys_PolicyNV(context.get(), index.get(), index.get(), session, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                   ESYS_TR_NONE, &operand, 0, static_cast<TPM2_EO>(step.comparison)),
                   "TPM2_PolicyNV");
  }

  Result<> operator()(const PolicyNvWritten& step) const {
    const TPMI_YES_NO written = step.written ? TPM2_YES : TPM2_NO;
    return checked(::Esys_PolicyNvWritten(context.get(), session, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, written),
                   "TPM2_PolicyNvWritten");
  }

  Result<> operator()(const PolicyCommandCode& step) const {
    return checked(
        ::Esys_PolicyCommandCode(context.get(), session, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, step.code),
        "TPM2_PolicyCommandCode");
  }

  Result<> operator()(const PolicyAuthorize& step) const {
    ASTERISM_TRY(const auto key, load_public(context, step.key), "policy signing key");
    ASTERISM_TRY(const auto covered, sha256(signed_policy_message(before, step.reference)));
    ASTERISM_TRY(const auto signature, signature_of(step));
    TPM2B_DIGEST digest{};
    ASTERISM_CHECK(put(covered.bytes(), digest.size, digest.buffer, "digest"));
    Answer<TPMT_TK_VERIFIED> ticket;
    ASTERISM_CHECK(checked(::Esys_VerifySignature(context.get(), key.get(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                                  &digest, &signature, std::out_ptr(ticket)),
                           "TPM2_VerifySignature"),
                   "policy signature");
    TPM2B_DIGEST approved{};
    ASTERISM_CHECK(put(before.bytes(), approved.size, approved.buffer, "approved policy"));
    TPM2B_NONCE reference{};
    ASTERISM_CHECK(put(as_bytes(step.reference), reference.size, reference.buffer, "policy reference"));
    ASTERISM_TRY(const auto name, step.key.name());
    TPM2B_NAME key_name{};
    ASTERISM_CHECK(put(name, key_name.size, key_name.name, "key name"));
    return checked(::Esys_PolicyAuthorize(context.get(), session, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &approved,
                                          &reference, &key_name, ticket.get()),
                   "TPM2_PolicyAuthorize");
  }
};

}  // namespace

Result<> run_policy(const Context& context, Resource session, const Policy& policy) {
  Digest digest{HashAlgorithm::sha256};
  for (const PolicyStep& step : policy) {
    ASTERISM_CHECK(std::visit(Run{.context = context, .session = session, .before = digest}, step));
    ASTERISM_TRY(digest, extend_policy(digest, step));
  }
  return {};
}

}  // namespace asterism::tpm::esys
