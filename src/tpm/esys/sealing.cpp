// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>

#include "tpm/esys/esys_tpm.hpp"
#include "tpm/wire.hpp"

namespace asterism::tpm::esys {
namespace {

constexpr std::size_t secret_bytes_max = 128;  // MAX_SYM_DATA

TPM2B_PUBLIC sealed_template() {
  TPM2B_PUBLIC area{};
  area.publicArea.type = TPM2_ALG_KEYEDHASH;
  area.publicArea.nameAlg = TPM2_ALG_SHA256;
  // No userWithAuth: the policy is the only way in. noDA: a policy that fails must not lock others out.
  area.publicArea.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_NODA;
  area.publicArea.parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL;
  return area;
}

}  // namespace

Result<std::vector<std::byte>> marshalled(const TPMT_PUBLIC& area) {
  std::vector<std::byte> bytes(sizeof(TPM2B_PUBLIC));
  std::size_t size = 0;
  ASTERISM_CHECK(
      checked(::Tss2_MU_TPMT_PUBLIC_Marshal(&area, reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size(), &size),
              "writing a public area"));
  bytes.resize(size);
  return bytes;
}

Result<Owned> load(const Context& context, Resource parent, Resource session, Bytes public_area, Bytes private_area) {
  TPM2B_PUBLIC area{};
  std::size_t offset = 0;
  const TSS2_RC read = ::Tss2_MU_TPMT_PUBLIC_Unmarshal(reinterpret_cast<const std::uint8_t*>(public_area.data()),
                                                       public_area.size(), &offset, &area.publicArea);
  if (read != TSS2_RC_SUCCESS || offset != public_area.size()) {
    return fail(Errc::unverified, "the public area of a sealed object cannot be read");
  }
  TPM2B_PRIVATE secret{};
  if (const auto fits = put(private_area, secret.size, secret.buffer, "private area"); !fits) {
    return fail(Errc::unverified, "the private area of a sealed object is too long");
  }
  ESYS_TR resource = ESYS_TR_NONE;
  const TSS2_RC code =
      ::Esys_Load(context.get(), parent, session, ESYS_TR_NONE, ESYS_TR_NONE, &secret, &area, &resource);
  if (auto loaded = checked(code, "TPM2_Load"); !loaded) {
    // Whatever the TPM dislikes about bytes from a disk, they are not what this TPM wrote.
    const Errc errc = loaded.error().code() == Errc::unavailable ? Errc::unavailable : Errc::unverified;
    return fail(errc, "{}", loaded.error().message());
  }
  return Owned{context, resource, Owned::End::flush};
}

Result<SealedSecret> EsysTpm::seal(const SecretBytes& secret, const Digest& policy) {
  if (secret.size() == 0 || secret.size() > secret_bytes_max) {
    return fail(Errc::usage, "a secret of {} bytes cannot be sealed (1 to {})", secret.size(), secret_bytes_max);
  }
  ASTERISM_TRY(const auto parent, storage_key(context_));
  ASTERISM_TRY(const auto session, start_session(context_, SessionKind::hmac, parent.get()));
  TPM2B_PUBLIC area = sealed_template();
  ASTERISM_CHECK(put(policy.bytes(), area.publicArea.authPolicy.size, area.publicArea.authPolicy.buffer, "policy"));
  TPM2B_SENSITIVE_CREATE sensitive{};
  auto& data = sensitive.sensitive.data;
  ASTERISM_CHECK(put(secret.bytes(), data.size, data.buffer, "secret"));
  const TPM2B_DATA outside{};
  const TPML_PCR_SELECTION no_pcrs{};
  Answer<TPM2B_PRIVATE> private_area;
  Answer<TPM2B_PUBLIC> public_area;
  const TSS2_RC code = ::Esys_Create(context_.get(), parent.get(), session.get(), ESYS_TR_NONE, ESYS_TR_NONE,
                                     &sensitive, &area, &outside, &no_pcrs, std::out_ptr(private_area),
                                     std::out_ptr(public_area), nullptr, nullptr, nullptr);
  wipe(std::as_writable_bytes(std::span{&sensitive, 1}));
  ASTERISM_CHECK(checked(code, "TPM2_Create"), "sealing");
  SealedSecret sealed;
  ASTERISM_TRY(sealed.public_area, marshalled(public_area->publicArea));
  append(sealed.private_area, taken(private_area->size, private_area->buffer));
  ASTERISM_TRY(sealed.parent_name, resource_name(context_, parent.get()));
  return sealed;
}

Result<SecretBytes> EsysTpm::unseal(const SealedSecret& sealed, const Policy& policy) {
  ASTERISM_TRY(const auto parent, storage_key(context_));
  // Salting with a key of somebody on the bus would hand the secret over, so the key has to be the one of before.
  ASTERISM_TRY(const auto parent_name, resource_name(context_, parent.get()));
  if (parent_name != sealed.parent_name) {
    return fail(Errc::unverified, "the secret belongs to another TPM, or this one was cleared");
  }
  ASTERISM_TRY(const auto session, start_session(context_, SessionKind::policy, parent.get()));
  ASTERISM_TRY(const auto object,
               load(context_, parent.get(), ESYS_TR_PASSWORD, sealed.public_area, sealed.private_area),
               "loading the sealed secret");
  ASTERISM_CHECK(run_policy(context_, session.get(), policy), "unsealing");
  Answer<TPM2B_SENSITIVE_DATA> data;
  ASTERISM_CHECK(checked(::Esys_Unseal(context_.get(), object.get(), session.get(), ESYS_TR_NONE, ESYS_TR_NONE,
                                       std::out_ptr(data)),
                         "TPM2_Unseal"),
                 "unsealing");
  auto secret = SecretBytes::copy_of(taken(data->size, data->buffer));
  wipe(std::as_writable_bytes(std::span{data.get(), 1}));
  return secret;
}

}  // namespace asterism::tpm::esys
