// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>

#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>

#include "tpm/esys/esys_tpm.hpp"

namespace asterism::tpm::esys {
namespace {

constexpr std::uint32_t persistent_endorsement_key = 0x81010002;
constexpr std::size_t nonce_bytes_max = 32;
// PolicySecret(endorsement). @source TCG EK Credential Profile 2.5, B.6.2, PolicyA with SHA-256.
constexpr std::array<std::uint8_t, 32> endorsement_policy{
    0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, 0x1a, 0x90, 0xcc, 0x8d, 0x46, 0xa5, 0xd7, 0x24,
    0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52, 0x0b, 0x64, 0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14, 0x69, 0xaa};

/// @source TCG EK Credential Profile 2.5, B.3.4, template L-2.
TPM2B_PUBLIC endorsement_template() {
  TPM2B_PUBLIC area{};
  TPMT_PUBLIC& key = area.publicArea;
  key.type = TPM2_ALG_ECC;
  key.nameAlg = TPM2_ALG_SHA256;
  key.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
                         TPMA_OBJECT_ADMINWITHPOLICY | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT;
  key.authPolicy.size = endorsement_policy.size();
  std::ranges::copy(endorsement_policy, key.authPolicy.buffer);
  auto& detail = key.parameters.eccDetail;
  detail.symmetric = {.algorithm = TPM2_ALG_AES, .keyBits = {.aes = 128}, .mode = {.aes = TPM2_ALG_CFB}};
  detail.scheme.scheme = TPM2_ALG_NULL;
  detail.curveID = TPM2_ECC_NIST_P256;
  detail.kdf.scheme = TPM2_ALG_NULL;
  key.unique.ecc.x.size = 32;
  key.unique.ecc.y.size = 32;
  return area;
}

TPM2B_PUBLIC attestation_template() {
  TPM2B_PUBLIC area{};
  TPMT_PUBLIC& key = area.publicArea;
  key.type = TPM2_ALG_ECC;
  key.nameAlg = TPM2_ALG_SHA256;
  key.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
                         TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA | TPMA_OBJECT_RESTRICTED |
                         TPMA_OBJECT_SIGN_ENCRYPT;
  auto& detail = key.parameters.eccDetail;
  detail.symmetric.algorithm = TPM2_ALG_NULL;
  detail.scheme.scheme = TPM2_ALG_ECDSA;
  detail.scheme.details.ecdsa.hashAlg = TPM2_ALG_SHA256;
  detail.curveID = TPM2_ECC_NIST_P256;
  detail.kdf.scheme = TPM2_ALG_NULL;
  return area;
}

Result<Answer<TPM2B_PUBLIC>> read_public(const Context& context, Resource resource) {
  Answer<TPM2B_PUBLIC> area;
  ASTERISM_CHECK(checked(::Esys_ReadPublic(context.get(), resource, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                           std::out_ptr(area), nullptr, nullptr),
                         "TPM2_ReadPublic"));
  return area;
}

/// The vendor may have put an endorsement key of another kind at the handle.
bool is_endorsement_key(const TPMT_PUBLIC& area) {
  return area.type == TPM2_ALG_ECC && area.parameters.eccDetail.curveID == TPM2_ECC_NIST_P256 &&
         std::ranges::equal(taken(area.authPolicy.size, area.authPolicy.buffer),
                            std::as_bytes(std::span{endorsement_policy}));
}

Result<Owned> load_endorsement_key(const Context& context) {
  if (auto persistent = by_handle(context, persistent_endorsement_key)) {
    ASTERISM_TRY(const auto area, read_public(context, persistent->get()));
    if (is_endorsement_key(area->publicArea)) return std::move(*persistent);
  } else if (persistent.error().code() != Errc::not_found) {
    return std::unexpected{std::move(persistent).error()};
  }
  const TPM2B_PUBLIC area = endorsement_template();
  const TPM2B_SENSITIVE_CREATE sensitive{};
  const TPM2B_DATA outside{};
  const TPML_PCR_SELECTION no_pcrs{};
  ESYS_TR resource = ESYS_TR_NONE;
  ASTERISM_CHECK(checked(::Esys_CreatePrimary(context.get(), ESYS_TR_RH_ENDORSEMENT, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                              ESYS_TR_NONE, &sensitive, &area, &outside, &no_pcrs, &resource, nullptr,
                                              nullptr, nullptr, nullptr),
                         "TPM2_CreatePrimary"),
                 "making the endorsement key");
  return Owned{context, resource, Owned::End::flush};
}

Result<Owned> load_key(const Context& context, const AttestationKey& key) {
  ASTERISM_TRY(const auto parent, storage_key(context));
  return load(context, parent.get(), ESYS_TR_PASSWORD, key.public_area, key.private_area);
}

/// TPM2_Quote by a loaded key, with the key's own scheme.
Result<std::pair<Answer<TPM2B_ATTEST>, Answer<TPMT_SIGNATURE>>> quote_with(const Context& context, Resource key,
                                                                           const PcrSelection& selection, Bytes nonce) {
  if (nonce.size() > nonce_bytes_max) return fail(Errc::usage, "a nonce of {} bytes (32 at most)", nonce.size());
  const auto wanted = selection.marshalled();
  TPML_PCR_SELECTION pcrs{};
  std::size_t offset = 0;
  ASTERISM_CHECK(checked(::Tss2_MU_TPML_PCR_SELECTION_Unmarshal(reinterpret_cast<const std::uint8_t*>(wanted.data()),
                                                                wanted.size(), &offset, &pcrs),
                         "reading a PCR selection"));
  TPM2B_DATA qualifying{};
  ASTERISM_CHECK(put(nonce, qualifying.size, qualifying.buffer, "nonce"));
  const TPMT_SIG_SCHEME scheme{.scheme = TPM2_ALG_NULL, .details = {}};
  Answer<TPM2B_ATTEST> attested;
  Answer<TPMT_SIGNATURE> signature;
  ASTERISM_CHECK(checked(::Esys_Quote(context.get(), key, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &qualifying,
                                      &scheme, &pcrs, std::out_ptr(attested), std::out_ptr(signature)),
                         "TPM2_Quote"));
  return std::pair{std::move(attested), std::move(signature)};
}

/// A session that may use the endorsement key.
Result<Owned> endorsement_session(const Context& context, Resource salt) {
  ASTERISM_TRY(auto session, start_session(context, SessionKind::policy, salt));
  ASTERISM_CHECK(
      checked(::Esys_PolicySecret(context.get(), ESYS_TR_RH_ENDORSEMENT, session.get(), ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                  ESYS_TR_NONE, nullptr, nullptr, nullptr, 0, nullptr, nullptr),
              "TPM2_PolicySecret"));
  return session;
}

}  // namespace

Result<std::vector<std::byte>> EsysTpm::endorsement_key() {
  ASTERISM_TRY(const auto key, load_endorsement_key(context_));
  ASTERISM_TRY(const auto area, read_public(context_, key.get()));
  return marshalled(area->publicArea);
}

Result<AttestationKey> EsysTpm::make_attestation_key() {
  ASTERISM_TRY(const auto parent, storage_key(context_));
  const TPM2B_PUBLIC area = attestation_template();
  const TPM2B_SENSITIVE_CREATE sensitive{};
  const TPM2B_DATA outside{};
  const TPML_PCR_SELECTION no_pcrs{};
  Answer<TPM2B_PRIVATE> private_area;
  Answer<TPM2B_PUBLIC> public_area;
  ASTERISM_CHECK(checked(::Esys_Create(context_.get(), parent.get(), ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                                       &sensitive, &area, &outside, &no_pcrs, std::out_ptr(private_area),
                                       std::out_ptr(public_area), nullptr, nullptr, nullptr),
                         "TPM2_Create"),
                 "making an attestation key");
  AttestationKey key;
  ASTERISM_TRY(key.public_area, marshalled(public_area->publicArea));
  append(key.private_area, taken(private_area->size, private_area->buffer));
  return key;
}

Result<Quote> EsysTpm::quote(const AttestationKey& key, const PcrSelection& selection, Bytes nonce) {
  ASTERISM_TRY(const auto loaded, load_key(context_, key), "quoting");
  ASTERISM_TRY(const auto answers, quote_with(context_, loaded.get(), selection, nonce), "quoting");
  const auto& [attested, signature] = answers;
  const TPMS_SIGNATURE_ECC& ecdsa = signature->signature.ecdsa;
  std::vector<std::byte> numbers(64);  // the TPM leaves leading zeros out
  const Bytes r = taken(ecdsa.signatureR.size, ecdsa.signatureR.buffer);
  const Bytes s = taken(ecdsa.signatureS.size, ecdsa.signatureS.buffer);
  if (signature->sigAlg != TPM2_ALG_ECDSA || r.size() > 32 || s.size() > 32) {
    return fail(Errc::unsupported, "a quote that is not signed with ECDSA on P-256");
  }
  std::ranges::copy(r, numbers.begin() + static_cast<std::ptrdiff_t>(32 - r.size()));
  std::ranges::copy(s, numbers.begin() + static_cast<std::ptrdiff_t>(64 - s.size()));
  Quote quote;
  append(quote.attested, taken(attested->size, attested->attestationData));
  ASTERISM_TRY(quote.signature, ecdsa_der(numbers));
  return quote;
}

Result<PlatformQuote> EsysTpm::platform_quote(std::uint32_t handle, const PcrSelection& selection, Bytes nonce) {
  ASTERISM_TRY(const auto key, by_handle(context_, handle), "the platform's key");
  ASTERISM_TRY(const auto answers, quote_with(context_, key.get(), selection, nonce), "quoting with key {:#x}", handle);
  PlatformQuote quote;
  append(quote.attested, taken(answers.first->size, answers.first->attestationData));
  quote.signature.resize(sizeof(TPMT_SIGNATURE));
  std::size_t size = 0;
  ASTERISM_CHECK(checked(
      ::Tss2_MU_TPMT_SIGNATURE_Marshal(answers.second.get(), reinterpret_cast<std::uint8_t*>(quote.signature.data()),
                                       quote.signature.size(), &size),
      "writing a signature"));
  quote.signature.resize(size);
  return quote;
}

Result<SecretBytes> EsysTpm::activate_credential(const AttestationKey& key, const Credential& credential) {
  TPM2B_ID_OBJECT blob{};
  TPM2B_ENCRYPTED_SECRET secret{};
  if (!put(credential.blob, blob.size, blob.credential, "credential") ||
      !put(credential.encrypted_secret, secret.size, secret.secret, "encrypted secret")) {
    return fail(Errc::unverified, "the credential is longer than any TPM's");
  }
  ASTERISM_TRY(const auto endorsement, load_endorsement_key(context_));
  ASTERISM_TRY(const auto parent, storage_key(context_));
  ASTERISM_TRY(const auto loaded, load(context_, parent.get(), ESYS_TR_PASSWORD, key.public_area, key.private_area),
               "activating a credential");
  ASTERISM_TRY(const auto session, endorsement_session(context_, parent.get()), "activating a credential");
  Answer<TPM2B_DIGEST> opened;
  const TSS2_RC code = ::Esys_ActivateCredential(context_.get(), loaded.get(), endorsement.get(), ESYS_TR_PASSWORD,
                                                 session.get(), ESYS_TR_NONE, &blob, &secret, std::out_ptr(opened));
  if (auto done = checked(code, "TPM2_ActivateCredential"); !done) {
    // What the TPM says depends on the place of the first wrong byte; the bytes came from outside in any case.
    const Errc errc = done.error().code() == Errc::internal ? Errc::internal : Errc::unverified;
    return fail(errc, "{}", done.error().message());
  }
  auto result = SecretBytes::copy_of(taken(opened->size, opened->buffer));
  wipe(std::as_writable_bytes(std::span{opened.get(), 1}));
  return result;
}

}  // namespace asterism::tpm::esys
