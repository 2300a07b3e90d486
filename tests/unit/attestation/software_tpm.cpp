// SPDX-License-Identifier: Apache-2.0
#include "software_tpm.hpp"

#include <cstring>
#include <filesystem>
#include <format>
#include <stdexcept>

#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_tctildr.h>

namespace asterism::testing {
namespace {

using attestation::PcrSelection;

void must(TSS2_RC code, const char* what) {
  if (code != TSS2_RC_SUCCESS) throw std::runtime_error{std::format("{}: {:#x}", what, code)};
}

template <class T>
std::shared_ptr<T> owned(T* memory) {
  return {memory, ::Esys_Free};
}

/// TPM2_RH_ENDORSEMENT's policy of the default EK templates: PolicySecret(endorsement).
constexpr std::string_view ek_policy = "837197674484b3f81a90cc8d46a5d724fd52d76e06520b64f2a1da1b331469aa";

TPM2B_PUBLIC ek_template(bool rsa) {
  TPM2B_PUBLIC area{};
  TPMT_PUBLIC& t = area.publicArea;
  t.type = rsa ? TPM2_ALG_RSA : TPM2_ALG_ECC;
  t.nameAlg = TPM2_ALG_SHA256;
  t.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
                       TPMA_OBJECT_ADMINWITHPOLICY | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT;
  const auto policy = from_hex(ek_policy).value();
  t.authPolicy.size = static_cast<UINT16>(policy.size());
  std::memcpy(t.authPolicy.buffer, policy.data(), policy.size());
  TPMT_SYM_DEF_OBJECT aes{};
  aes.algorithm = TPM2_ALG_AES;
  aes.keyBits.aes = 128;
  aes.mode.aes = TPM2_ALG_CFB;
  if (rsa) {
    t.parameters.rsaDetail.symmetric = aes;
    t.parameters.rsaDetail.scheme.scheme = TPM2_ALG_NULL;
    t.parameters.rsaDetail.keyBits = 2048;
    t.unique.rsa.size = 256;
  } else {
    t.parameters.eccDetail.symmetric = aes;
    t.parameters.eccDetail.scheme.scheme = TPM2_ALG_NULL;
    t.parameters.eccDetail.curveID = TPM2_ECC_NIST_P256;
    t.parameters.eccDetail.kdf.scheme = TPM2_ALG_NULL;
    t.unique.ecc.x.size = 32;
    t.unique.ecc.y.size = 32;
  }
  return area;
}

TPM2B_PUBLIC ak_template(bool rsa) {
  TPM2B_PUBLIC area{};
  TPMT_PUBLIC& t = area.publicArea;
  t.type = rsa ? TPM2_ALG_RSA : TPM2_ALG_ECC;
  t.nameAlg = TPM2_ALG_SHA256;
  t.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
                       TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_SIGN_ENCRYPT;
  if (rsa) {
    t.parameters.rsaDetail.symmetric.algorithm = TPM2_ALG_NULL;
    t.parameters.rsaDetail.scheme.scheme = TPM2_ALG_RSASSA;
    t.parameters.rsaDetail.scheme.details.rsassa.hashAlg = TPM2_ALG_SHA256;
    t.parameters.rsaDetail.keyBits = 2048;
  } else {
    t.parameters.eccDetail.symmetric.algorithm = TPM2_ALG_NULL;
    t.parameters.eccDetail.scheme.scheme = TPM2_ALG_ECDSA;
    t.parameters.eccDetail.scheme.details.ecdsa.hashAlg = TPM2_ALG_SHA256;
    t.parameters.eccDetail.curveID = TPM2_ECC_NIST_P256;
    t.parameters.eccDetail.kdf.scheme = TPM2_ALG_NULL;
  }
  return area;
}

TPML_PCR_SELECTION list_of(PcrSelection selection) {
  TPML_PCR_SELECTION list{};
  list.count = 1;
  list.pcrSelections[0].hash = selection.bank == HashAlgorithm::sha256 ? TPM2_ALG_SHA256 : TPM2_ALG_SHA384;
  list.pcrSelections[0].sizeofSelect = 3;
  for (unsigned i = 0; i < 3; ++i)
    list.pcrSelections[0].pcrSelect[i] = static_cast<BYTE>(selection.mask >> (8 * i));
  return list;
}

template <class Sized>
Sized sized(Bytes bytes, BYTE* (*field)(Sized&)) {
  Sized out{};
  out.size = static_cast<UINT16>(bytes.size());
  std::memcpy(field(out), bytes.data(), bytes.size());
  return out;
}

template <class Structure, class Function>
Buffer marshalled(const Structure& structure, Function function) {
  Buffer out(2048);
  std::size_t length = 0;
  must(function(&structure, reinterpret_cast<std::uint8_t*>(out.data()), out.size(), &length), "marshalling");
  out.resize(length);
  return out;
}

}  // namespace

struct SoftwareTpm::State {
  TSS2_TCTI_CONTEXT* tcti = nullptr;
  ESYS_CONTEXT* esys = nullptr;
  ESYS_TR ek = ESYS_TR_NONE;
  ESYS_TR ak = ESYS_TR_NONE;
  TPM2B_PUBLIC ek_area{};
  TPM2B_PUBLIC ak_area{};

  ESYS_TR make(const TPM2B_PUBLIC& area, TPM2B_PUBLIC& made, ESYS_TR hierarchy = ESYS_TR_RH_ENDORSEMENT) const {
    const TPM2B_SENSITIVE_CREATE sensitive{};
    const TPM2B_DATA outside{};
    const TPML_PCR_SELECTION pcrs{};
    ESYS_TR handle = ESYS_TR_NONE;
    TPM2B_PUBLIC* out = nullptr;
    must(Esys_CreatePrimary(esys, hierarchy, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &sensitive, &area, &outside,
                            &pcrs, &handle, &out, nullptr, nullptr, nullptr),
         "CreatePrimary");
    made = *owned(out);
    return handle;
  }
};

SoftwareTpm::SoftwareTpm(bool rsa, const std::string& tcti) : state_{std::make_unique<State>()} {
  std::filesystem::remove("NVChip");
  must(Tss2_TctiLdr_Initialize(tcti.c_str(), &state_->tcti), "libtpms");
  must(Esys_Initialize(&state_->esys, state_->tcti, nullptr), "ESYS");
  must(Esys_Startup(state_->esys, TPM2_SU_CLEAR), "Startup");
  state_->ek = state_->make(ek_template(rsa), state_->ek_area);
  state_->ak = state_->make(ak_template(rsa), state_->ak_area);
}

SoftwareTpm::~SoftwareTpm() {
  Esys_FlushContext(state_->esys, state_->ek);
  Esys_FlushContext(state_->esys, state_->ak);
  Esys_Finalize(&state_->esys);
  Tss2_TctiLdr_Finalize(&state_->tcti);
}

Buffer SoftwareTpm::ak_public() const {
  return marshalled(state_->ak_area.publicArea, Tss2_MU_TPMT_PUBLIC_Marshal);
}

Key SoftwareTpm::ek() const {
  const TPMT_PUBLIC& area = state_->ek_area.publicArea;
  const auto bytes = [](const BYTE* data, UINT16 size) { return std::as_bytes(std::span{data, size}); };
  const auto key = area.type == TPM2_ALG_RSA
                       ? attestation::PublicKey::from_rsa(bytes(area.unique.rsa.buffer, area.unique.rsa.size), 65537)
                       : attestation::PublicKey::from_point(attestation::KeyKind::ec_p256,
                                                            bytes(area.unique.ecc.x.buffer, area.unique.ecc.x.size),
                                                            bytes(area.unique.ecc.y.buffer, area.unique.ecc.y.size));
  EVP_PKEY_up_ref(key.value().handle());
  return {key.value().handle(), EVP_PKEY_free};
}

void SoftwareTpm::keep_ak(std::uint32_t handle) {
  // Only a key of the owner's hierarchy may be kept there by the owner.
  must(Esys_FlushContext(state_->esys, state_->ak), "FlushContext");
  state_->ak = state_->make(ak_template(true), state_->ak_area, ESYS_TR_RH_OWNER);
  ESYS_TR kept = ESYS_TR_NONE;
  must(Esys_EvictControl(state_->esys, ESYS_TR_RH_OWNER, state_->ak, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                         handle, &kept),
       "EvictControl");
  must(Esys_TR_Close(state_->esys, &kept), "TR_Close");
}

void SoftwareTpm::define(std::uint32_t index, Bytes content) {
  constexpr std::size_t write_bytes_max = 512;
  TPM2B_NV_PUBLIC area{};
  area.nvPublic.nvIndex = index;
  area.nvPublic.nameAlg = TPM2_ALG_SHA256;
  area.nvPublic.attributes = TPMA_NV_AUTHREAD | TPMA_NV_OWNERREAD | TPMA_NV_AUTHWRITE | TPMA_NV_NO_DA;
  area.nvPublic.dataSize = static_cast<UINT16>(content.size());
  const TPM2B_AUTH none{};
  ESYS_TR nv = ESYS_TR_NONE;
  must(Esys_NV_DefineSpace(state_->esys, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &none, &area,
                           &nv),
       "NV_DefineSpace");
  for (std::size_t at = 0; at < content.size(); at += write_bytes_max) {
    const auto piece = sized<TPM2B_MAX_NV_BUFFER>(content.subspan(at, std::min(write_bytes_max, content.size() - at)),
                                                  [](TPM2B_MAX_NV_BUFFER& b) { return b.buffer; });
    must(Esys_NV_Write(state_->esys, nv, nv, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &piece,
                       static_cast<UINT16>(at)),
         "NV_Write");
  }
  must(Esys_TR_Close(state_->esys, &nv), "TR_Close");
}

void SoftwareTpm::extend(unsigned pcr, const Digest& digest) {
  TPML_DIGEST_VALUES values{};
  values.count = 1;
  values.digests[0].hashAlg = digest.algorithm() == HashAlgorithm::sha256 ? TPM2_ALG_SHA256 : TPM2_ALG_SHA384;
  std::memcpy(&values.digests[0].digest, digest.bytes().data(), digest.bytes().size());
  must(Esys_PCR_Extend(state_->esys, pcr, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &values), "PCR_Extend");
}

attestation::PcrValues SoftwareTpm::read(PcrSelection selection) {
  attestation::PcrValues values;
  for (unsigned index = 0; index < 24; ++index) {
    if (((selection.mask >> index) & 1) == 0) continue;
    const TPML_PCR_SELECTION one = list_of({.bank = selection.bank, .mask = 1U << index});
    TPML_DIGEST* digests = nullptr;
    must(Esys_PCR_Read(state_->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &one, nullptr, nullptr, &digests),
         "PCR_Read");
    const auto held = owned(digests);
    const auto bytes = std::as_bytes(std::span{held->digests[0].buffer, held->digests[0].size});
    values.emplace(index, Digest::from_bytes(selection.bank, bytes).value());
  }
  return values;
}

SoftwareTpm::Quote SoftwareTpm::quote(Bytes nonce, PcrSelection selection) {
  const auto data = sized<TPM2B_DATA>(nonce, [](TPM2B_DATA& d) { return d.buffer; });
  const TPMT_SIG_SCHEME scheme{.scheme = TPM2_ALG_NULL, .details = {}};
  const TPML_PCR_SELECTION list = list_of(selection);
  TPM2B_ATTEST* attest = nullptr;
  TPMT_SIGNATURE* signature = nullptr;
  must(Esys_Quote(state_->esys, state_->ak, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &data, &scheme, &list,
                  &attest, &signature),
       "Quote");
  const auto held = owned(attest);
  const auto held_signature = owned(signature);
  const auto bytes = std::as_bytes(std::span{held->attestationData, held->size});
  return {.attest = {bytes.begin(), bytes.end()},
          .signature = marshalled(*held_signature, Tss2_MU_TPMT_SIGNATURE_Marshal)};
}

Buffer SoftwareTpm::activate(Bytes id_object, Bytes encrypted_secret) {
  TPM2B_ID_OBJECT object{};
  TPM2B_ENCRYPTED_SECRET secret{};
  std::size_t offset = 0;
  must(Tss2_MU_TPM2B_ID_OBJECT_Unmarshal(reinterpret_cast<const std::uint8_t*>(id_object.data()), id_object.size(),
                                         &offset, &object),
       "id object");
  offset = 0;
  must(Tss2_MU_TPM2B_ENCRYPTED_SECRET_Unmarshal(reinterpret_cast<const std::uint8_t*>(encrypted_secret.data()),
                                                encrypted_secret.size(), &offset, &secret),
       "encrypted secret");
  ESYS_TR session = ESYS_TR_NONE;
  const TPMT_SYM_DEF none{.algorithm = TPM2_ALG_NULL, .keyBits = {}, .mode = {}};
  must(Esys_StartAuthSession(state_->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                             nullptr, TPM2_SE_POLICY, &none, TPM2_ALG_SHA256, &session),
       "StartAuthSession");
  must(Esys_PolicySecret(state_->esys, ESYS_TR_RH_ENDORSEMENT, session, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                         nullptr, nullptr, nullptr, 0, nullptr, nullptr),
       "PolicySecret");
  TPM2B_DIGEST* out = nullptr;
  const TSS2_RC code = Esys_ActivateCredential(state_->esys, state_->ak, state_->ek, ESYS_TR_PASSWORD, session,
                                               ESYS_TR_NONE, &object, &secret, &out);
  if (code != TSS2_RC_SUCCESS) Esys_FlushContext(state_->esys, session);
  must(code, "ActivateCredential");
  const auto held = owned(out);
  const auto bytes = std::as_bytes(std::span{held->buffer, held->size});
  return {bytes.begin(), bytes.end()};
}

}  // namespace asterism::testing
