// SPDX-License-Identifier: Apache-2.0
#include "tpm/esys/context.hpp"

#include <algorithm>
#include <memory>

#include <tss2/tss2_esys.h>
#include <tss2/tss2_tctildr.h>

namespace asterism::tpm::esys {
namespace {

constexpr std::uint32_t persistent_storage_key = 0x81000001;
constexpr TPMT_SYM_DEF session_cipher{
    .algorithm = TPM2_ALG_AES, .keyBits = {.aes = 128}, .mode = {.aes = TPM2_ALG_CFB}};

/// Storage primary on P-256. @source TCG TPM v2.0 Provisioning Guidance 1.0, 7.5.1; systemd makes the same one.
TPM2B_PUBLIC storage_template() {
  TPM2B_PUBLIC area{};
  TPMT_PUBLIC& key = area.publicArea;
  key.type = TPM2_ALG_ECC;
  key.nameAlg = TPM2_ALG_SHA256;
  key.objectAttributes = TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT | TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
                         TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA;
  key.parameters.eccDetail = {
      .symmetric = {.algorithm = TPM2_ALG_AES, .keyBits = {.aes = 128}, .mode = {.aes = TPM2_ALG_CFB}},
      .scheme = {.scheme = TPM2_ALG_NULL, .details = {}},
      .curveID = TPM2_ECC_NIST_P256,
      .kdf = {.scheme = TPM2_ALG_NULL, .details = {}}};
  key.unique.ecc.x.size = 32;
  key.unique.ecc.y.size = 32;
  return area;
}

/// Whether the object at the persistent handle is what its handle says: a key that protects others.
Result<bool> is_storage_key(const Context& context, Resource resource) {
  Answer<TPM2B_PUBLIC> area;
  ASTERISM_CHECK(checked(::Esys_ReadPublic(context.get(), resource, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                           std::out_ptr(area), nullptr, nullptr),
                         "TPM2_ReadPublic"));
  constexpr TPMA_OBJECT wanted = TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT | TPMA_OBJECT_FIXEDTPM;
  return (area->publicArea.objectAttributes & wanted) == wanted &&
         (area->publicArea.objectAttributes & TPMA_OBJECT_SIGN_ENCRYPT) == 0;
}

}  // namespace

void finalize_tcti(TSS2_TCTI_OPAQUE_CONTEXT_BLOB* tcti) noexcept {
  ::Tss2_TctiLdr_Finalize(&tcti);
}

void finalize_esys(ESYS_CONTEXT* esys) noexcept {
  ::Esys_Finalize(&esys);
}

void free_answer(void* answer) noexcept {
  ::Esys_Free(answer);
}

Result<Context> Context::open(const std::string& tcti) {
  Context context;
  ASTERISM_CHECK(checked(::Tss2_TctiLdr_Initialize(tcti.c_str(), std::out_ptr(context.tcti_)), "connecting"));
  ASTERISM_CHECK(
      checked(::Esys_Initialize(std::out_ptr(context.esys_), context.tcti_.get(), nullptr), "starting ESYS"));
  // Firmware or kernel did that already on a node; then the TPM says TPM_RC_INITIALIZE.
  const TSS2_RC started = ::Esys_Startup(context.get(), TPM2_SU_CLEAR);
  if (started != TPM2_RC_INITIALIZE) ASTERISM_CHECK(checked(started, "TPM2_Startup"));
  return context;
}

Owned::~Owned() {
  if (!esys_ || end_ == End::keep) return;
  if (end_ == End::flush) {
    ::Esys_FlushContext(esys_, resource_);
  } else {
    ::Esys_TR_Close(esys_, &resource_);
  }
}

Result<std::vector<std::byte>> resource_name(const Context& context, Resource resource) {
  Answer<TPM2B_NAME> name;
  ASTERISM_CHECK(checked(::Esys_TR_GetName(context.get(), resource, std::out_ptr(name)), "asking for a Name"));
  const Bytes bytes = taken(name->size, name->name);
  return std::vector<std::byte>{bytes.begin(), bytes.end()};
}

Result<Owned> by_handle(const Context& context, std::uint32_t handle) {
  ESYS_TR resource = ESYS_TR_NONE;
  const TSS2_RC code =
      ::Esys_TR_FromTPMPublic(context.get(), handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &resource);
  ASTERISM_CHECK(checked(code, "TPM2_ReadPublic"), "handle {:#x}", handle);
  return Owned{context, resource, Owned::End::forget};
}

Result<Owned> storage_key(const Context& context) {
  if (const auto known = context.known_storage_key()) return Owned{context, *known, Owned::End::keep};
  if (auto persistent = by_handle(context, persistent_storage_key)) {
    ASTERISM_TRY(const bool suitable, is_storage_key(context, persistent->get()));
    if (suitable) {
      const Resource key = persistent->release();
      context.remember_storage_key(key);
      return Owned{context, key, Owned::End::keep};
    }
  } else if (persistent.error().code() != Errc::not_found) {
    return std::unexpected{std::move(persistent).error()};
  }
  const TPM2B_PUBLIC area = storage_template();
  const TPM2B_SENSITIVE_CREATE sensitive{};
  const TPM2B_DATA outside{};
  const TPML_PCR_SELECTION no_pcrs{};
  ESYS_TR resource = ESYS_TR_NONE;
  ASTERISM_CHECK(checked(::Esys_CreatePrimary(context.get(), ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                              ESYS_TR_NONE, &sensitive, &area, &outside, &no_pcrs, &resource, nullptr,
                                              nullptr, nullptr, nullptr),
                         "TPM2_CreatePrimary"),
                 "making the storage key");
  return Owned{context, resource, Owned::End::flush};
}

Result<Owned> start_session(const Context& context, SessionKind kind, Resource key) {
  ESYS_TR session = ESYS_TR_NONE;
  const TPM2_SE type = kind == SessionKind::hmac ? TPM2_SE_HMAC : TPM2_SE_POLICY;
  ASTERISM_CHECK(
      checked(::Esys_StartAuthSession(context.get(), key, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                      nullptr, type, &session_cipher, TPM2_ALG_SHA256, &session),
              "TPM2_StartAuthSession"));
  Owned owned{context, session, Owned::End::flush};
  constexpr TPMA_SESSION attributes = TPMA_SESSION_CONTINUESESSION | TPMA_SESSION_DECRYPT | TPMA_SESSION_ENCRYPT;
  ASTERISM_CHECK(checked(::Esys_TRSess_SetAttributes(context.get(), session, attributes, 0xFF), "session attributes"));
  return owned;
}

Result<> put(Bytes from, std::uint16_t& size, std::span<std::uint8_t> buffer, std::string_view what) {
  if (from.size() > buffer.size()) return fail(Errc::corrupt, "{}: {} bytes do not fit", what, from.size());
  std::ranges::copy(from, std::as_writable_bytes(buffer).begin());
  size = static_cast<std::uint16_t>(from.size());
  return {};
}

}  // namespace asterism::tpm::esys
