// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>

#include <tss2/tss2_esys.h>

#include "tpm/esys/esys_tpm.hpp"

namespace asterism::tpm::esys {
namespace {

/// What every TPM gives at once (TPM2_PT_NV_BUFFER_MAX is at least that).
constexpr std::uint16_t read_bytes_max = 512;

/// One command that changes an index, under a policy session that is gone afterwards.
template <class Command>
Result<> change(const Context& context, const NvPublic& index, const Policy& policy, Command&& command) {
  ASTERISM_TRY(const auto parent, storage_key(context));
  ASTERISM_TRY(const auto session, start_session(context, SessionKind::policy, parent.get()));
  ASTERISM_TRY(const auto resource, by_handle(context, index.handle));
  ASTERISM_CHECK(run_policy(context, session.get(), policy));
  return command(resource.get(), session.get());
}

Result<NvPublic> read_public(const TPMS_NV_PUBLIC& area) {
  NvPublic index{
      .handle = area.nvIndex, .attributes = area.attributes, .write_policy = {}, .size_bytes = area.dataSize};
  if (area.nameAlg != TPM2_ALG_SHA256) {
    return fail(Errc::unverified, "NV index {:#x} has a Name of another kind than SHA-256", area.nvIndex);
  }
  if (area.authPolicy.size != 0) {
    ASTERISM_TRY(index.write_policy,
                 Digest::from_bytes(HashAlgorithm::sha256, taken(area.authPolicy.size, area.authPolicy.buffer)));
  }
  return index;
}

}  // namespace

Result<std::optional<NvPublic>> EsysTpm::nv_public(std::uint32_t handle) {
  auto resource = by_handle(context_, handle);
  if (!resource && resource.error().code() == Errc::not_found) return std::optional<NvPublic>{};
  ASTERISM_TRY(const auto owned, std::move(resource));
  Answer<TPM2B_NV_PUBLIC> area;
  ASTERISM_CHECK(checked(::Esys_NV_ReadPublic(context_.get(), owned.get(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                              std::out_ptr(area), nullptr),
                         "TPM2_NV_ReadPublic"));
  ASTERISM_TRY(const auto index, read_public(area->nvPublic));
  return std::optional{index};
}

Result<NvPublic> EsysTpm::found_index(const NvPublic& wanted) {
  ASTERISM_TRY(auto found, nv_public(wanted.handle));
  if (!found) return fail(Errc::not_found, "there is no NV index {:#x}", wanted.handle);
  if (!found->defined_like(wanted)) {
    return std::unexpected{
        Error{Errc::unverified, std::format("NV index {:#x} was defined by somebody else", wanted.handle)}.advise(
            "clear the TPM in the firmware's menu, or use the recovery key")};
  }
  return *std::move(found);
}

Result<> EsysTpm::nv_define(const NvPublic& index) {
  TPM2B_NV_PUBLIC area{};
  area.nvPublic.nvIndex = index.handle;
  area.nvPublic.nameAlg = TPM2_ALG_SHA256;
  area.nvPublic.attributes = index.attributes;
  area.nvPublic.dataSize = index.size_bytes;
  if (index.write_policy) {
    auto& policy = area.nvPublic.authPolicy;
    ASTERISM_CHECK(put(index.write_policy->bytes(), policy.size, policy.buffer, "write policy"));
  }
  const TPM2B_AUTH no_authorisation{};
  ESYS_TR resource = ESYS_TR_NONE;
  ASTERISM_CHECK(checked(::Esys_NV_DefineSpace(context_.get(), ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                               ESYS_TR_NONE, &no_authorisation, &area, &resource),
                         "TPM2_NV_DefineSpace"),
                 "defining NV index {:#x}", index.handle);
  ::Esys_TR_Close(context_.get(), &resource);
  return {};
}

Result<> EsysTpm::nv_undefine(std::uint32_t handle) {
  ASTERISM_TRY(const auto resource, by_handle(context_, handle), "removing an NV index");
  return checked(::Esys_NV_UndefineSpace(context_.get(), ESYS_TR_RH_OWNER, resource.get(), ESYS_TR_PASSWORD,
                                         ESYS_TR_NONE, ESYS_TR_NONE),
                 "TPM2_NV_UndefineSpace");
}

Result<std::vector<std::byte>> EsysTpm::nv_read(const NvPublic& index) {
  ASTERISM_TRY(const auto found, found_index(index));
  if (!found.is_written()) return fail(Errc::not_found, "NV index {:#x} holds nothing yet", index.handle);
  ASTERISM_TRY(const auto parent, storage_key(context_));
  ASTERISM_TRY(const auto session, start_session(context_, SessionKind::hmac, parent.get()));
  ASTERISM_TRY(const auto resource, by_handle(context_, index.handle));
  std::vector<std::byte> content;
  while (content.size() < index.size_bytes) {
    const auto offset = static_cast<std::uint16_t>(content.size());
    const auto size = std::min<std::uint16_t>(read_bytes_max, static_cast<std::uint16_t>(index.size_bytes - offset));
    Answer<TPM2B_MAX_NV_BUFFER> data;
    ASTERISM_CHECK(checked(::Esys_NV_Read(context_.get(), resource.get(), resource.get(), session.get(), ESYS_TR_NONE,
                                          ESYS_TR_NONE, size, offset, std::out_ptr(data)),
                           "TPM2_NV_Read"),
                   "reading NV index {:#x}", index.handle);
    if (data->size != size)
      return fail(Errc::unavailable, "reading NV index {:#x}: {} bytes", index.handle, data->size);
    append(content, taken(data->size, data->buffer));
  }
  return content;
}

Result<> EsysTpm::nv_increment(const NvPublic& index, const Policy& policy) {
  ASTERISM_TRY(const auto found, found_index(index));
  return change(context_, found, policy, [&](Resource resource, Resource session) {
    return checked(::Esys_NV_Increment(context_.get(), resource, resource, session, ESYS_TR_NONE, ESYS_TR_NONE),
                   "TPM2_NV_Increment");
  });
}

Result<> EsysTpm::nv_write(const NvPublic& index, Bytes content, const Policy& policy) {
  if (content.size() != index.size_bytes) {
    return fail(Errc::usage, "NV index {:#x} holds {} bytes, not {}", index.handle, index.size_bytes, content.size());
  }
  ASTERISM_TRY(const auto found, found_index(index));
  TPM2B_MAX_NV_BUFFER data{};
  ASTERISM_CHECK(put(content, data.size, data.buffer, "NV content"));
  return change(context_, found, policy, [&](Resource resource, Resource session) {
    return checked(::Esys_NV_Write(context_.get(), resource, resource, session, ESYS_TR_NONE, ESYS_TR_NONE, &data, 0),
                   "TPM2_NV_Write");
  });
}

Result<> EsysTpm::nv_lock(const NvPublic& index, const Policy& policy) {
  ASTERISM_TRY(const auto found, found_index(index));
  return change(context_, found, policy, [&](Resource resource, Resource session) {
    return checked(::Esys_NV_WriteLock(context_.get(), resource, resource, session, ESYS_TR_NONE, ESYS_TR_NONE),
                   "TPM2_NV_WriteLock");
  });
}

}  // namespace asterism::tpm::esys
