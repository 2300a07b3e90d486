// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>

#include <tss2/tss2_esys.h>

#include "tpm/esys/esys_tpm.hpp"

namespace asterism::tpm::esys {
namespace {

/// What every TPM gives at once (TPM2_PT_NV_BUFFER_MAX is at least that).
constexpr std::uint16_t read_bytes_max = 512;

Result<NvPublic> decoded(const TPMS_NV_PUBLIC& area) {
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

Result<NvPublic> read_public(const Context& context, const Owned& resource) {
  Answer<TPM2B_NV_PUBLIC> area;
  ASTERISM_CHECK(checked(::Esys_NV_ReadPublic(context.get(), resource.get(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                              std::out_ptr(area), nullptr),
                         "TPM2_NV_ReadPublic"));
  return decoded(area->nvPublic);
}

/// An index that is there.
struct FoundIndex {
  NvPublic area;
  Owned resource;
};

/// @errors `not_found`; `unverified` unless it was defined like `wanted`.
Result<FoundIndex> find_index(const Context& context, const NvPublic& wanted) {
  auto resource = by_handle(context, wanted.handle);
  if (!resource && resource.error().code() == Errc::not_found)
    return fail(Errc::not_found, "there is no NV index {:#x}", wanted.handle);
  if (!resource) return std::unexpected{std::move(resource).error()};
  ASTERISM_TRY(auto area, read_public(context, *resource));
  if (!area.defined_like(wanted)) {
    return std::unexpected{
        Error{Errc::unverified, std::format("NV index {:#x} was defined by somebody else", wanted.handle)}.advise(
            "clear the TPM in the firmware's menu, or use the recovery key")};
  }
  return FoundIndex{.area = std::move(area), .resource = *std::move(resource)};
}

/// One command that changes an index, under a policy session that is gone afterwards.
template <class Command>
Result<> change(const Context& context, const NvPublic& wanted, const Policy& policy, Command&& command) {
  ASTERISM_TRY(const auto index, find_index(context, wanted));
  ASTERISM_TRY(const auto parent, storage_key(context));
  ASTERISM_TRY(const auto session, start_session(context, SessionKind::policy, parent.get()));
  ASTERISM_CHECK(run_policy(context, session.get(), policy));
  return command(index.resource.get(), session.get());
}

}  // namespace

Result<std::optional<NvPublic>> EsysTpm::nv_public(std::uint32_t handle) {
  const auto resource = by_handle(context_, handle);
  if (!resource && resource.error().code() == Errc::not_found) return std::optional<NvPublic>{};
  if (!resource) return std::unexpected{resource.error()};
  ASTERISM_TRY(const auto index, read_public(context_, *resource));
  return std::optional{index};
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
  ASTERISM_TRY(const auto found, find_index(context_, index));
  if (!found.area.is_written()) return fail(Errc::not_found, "NV index {:#x} holds nothing yet", index.handle);
  ASTERISM_TRY(const auto parent, storage_key(context_));
  ASTERISM_TRY(const auto session, start_session(context_, SessionKind::hmac, parent.get()));
  std::vector<std::byte> content;
  while (content.size() < index.size_bytes) {
    const auto offset = static_cast<std::uint16_t>(content.size());
    const auto size = std::min<std::uint16_t>(read_bytes_max, static_cast<std::uint16_t>(index.size_bytes - offset));
    Answer<TPM2B_MAX_NV_BUFFER> data;
    ASTERISM_CHECK(checked(::Esys_NV_Read(context_.get(), found.resource.get(), found.resource.get(), session.get(),
                                          ESYS_TR_NONE, ESYS_TR_NONE, size, offset, std::out_ptr(data)),
                           "TPM2_NV_Read"),
                   "reading NV index {:#x}", index.handle);
    if (data->size != size)
      return fail(Errc::unavailable, "reading NV index {:#x}: {} bytes", index.handle, data->size);
    append(content, taken(data->size, data->buffer));
  }
  return content;
}

Result<> EsysTpm::nv_increment(const NvPublic& index, const Policy& policy) {
  return change(context_, index, policy, [&](Resource resource, Resource session) {
    return checked(::Esys_NV_Increment(context_.get(), resource, resource, session, ESYS_TR_NONE, ESYS_TR_NONE),
                   "TPM2_NV_Increment");
  });
}

Result<> EsysTpm::nv_write(const NvPublic& index, Bytes content, const Policy& policy) {
  if (content.size() != index.size_bytes) {
    return fail(Errc::usage, "NV index {:#x} holds {} bytes, not {}", index.handle, index.size_bytes, content.size());
  }
  TPM2B_MAX_NV_BUFFER data{};
  ASTERISM_CHECK(put(content, data.size, data.buffer, "NV content"));
  return change(context_, index, policy, [&](Resource resource, Resource session) {
    return checked(::Esys_NV_Write(context_.get(), resource, resource, session, ESYS_TR_NONE, ESYS_TR_NONE, &data, 0),
                   "TPM2_NV_Write");
  });
}

Result<> EsysTpm::nv_lock(const NvPublic& index, const Policy& policy) {
  return change(context_, index, policy, [&](Resource resource, Resource session) {
    return checked(::Esys_NV_WriteLock(context_.get(), resource, resource, session, ESYS_TR_NONE, ESYS_TR_NONE),
                   "TPM2_NV_WriteLock");
  });
}

}  // namespace asterism::tpm::esys
