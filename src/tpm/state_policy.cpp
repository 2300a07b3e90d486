// SPDX-License-Identifier: Apache-2.0
#include "tpm/state_policy.hpp"

#include <algorithm>
#include <iterator>

namespace asterism::tpm {
namespace {

constexpr std::uint16_t counter_bytes = 8;
constexpr std::uint16_t record_bytes = 32;
constexpr std::uint32_t readable =
    nv_attribute::owner_read | nv_attribute::auth_read | nv_attribute::no_dictionary_attack;

Result<> check_version(std::uint64_t version, std::string_view what) {
  if (version >= 1 && version <= security_version_max) return {};
  return fail(Errc::usage, "{} {}: expected 1 to {}", what, version, security_version_max);
}

PolicyAuthorize authorize(const PublicKey& key, std::string_view reference, std::vector<std::byte> signature) {
  return {.key = key, .reference = std::string{reference}, .signature = std::move(signature)};
}

}  // namespace

Result<NvPublic> floor_index(const PublicKey& key) {
  ASTERISM_TRY(const auto policy, policy_digest({authorize(key, floor_reference, {})}));
  return NvPublic{.handle = floor_handle,
                  .attributes = nv_attribute::counter | nv_attribute::policy_write | readable,
                  .write_policy = policy,
                  .size_bytes = counter_bytes};
}

Result<NvPublic> disk_record_index(const PublicKey& key) {
  ASTERISM_TRY(const auto policy, policy_digest(recording_policy(key)));
  return NvPublic{.handle = disk_record_handle,
                  .attributes = nv_attribute::policy_write | nv_attribute::write_define | readable,
                  .write_policy = policy,
                  .size_bytes = record_bytes};
}

Result<Policy> approved_state_policy(const PublicKey& key, std::span<const Digest> values,
                                     std::uint64_t security_version) {
  ASTERISM_CHECK(check_version(security_version, "security version"));
  const bool complete = values.size() == std::size(signed_pcrs);
  if (!complete || !std::ranges::all_of(
                       values, [&](const Digest& value) { return value.algorithm() == values.front().algorithm(); })) {
    return fail(Errc::usage, "a state policy needs the values of PCR 11, 12 and 13 of one bank");
  }
  ASTERISM_TRY(auto selection,
               PcrSelection::make(values.front().algorithm(), {std::begin(signed_pcrs), std::end(signed_pcrs)}));
  ASTERISM_TRY(const auto composite, composite_digest(values));
  ASTERISM_TRY(const auto floor, floor_index(key));
  return Policy{PolicyPcr{.selection = std::move(selection), .values = composite},
                PolicyNv{.index = floor.after_write(),
                         .comparison = NvComparison::unsigned_less_or_equal,
                         .operand = nv_number(security_version)}};
}

Result<Policy> sealing_policy(const PublicKey& key, HashAlgorithm bank, std::vector<std::byte> signature) {
  ASTERISM_TRY(auto selection, PcrSelection::make(bank, {identity_pcr}));
  const Digest zero{bank};
  ASTERISM_TRY(const auto composite, composite_digest({&zero, 1}));
  return Policy{authorize(key, state_reference, std::move(signature)),
                PolicyPcr{.selection = std::move(selection), .values = composite}};
}

Policy recording_policy(const PublicKey& key, std::vector<std::byte> signature) {
  return {authorize(key, state_reference, std::move(signature))};
}

Policy approved_floor_start() {
  return {PolicyNvWritten{.written = false}, PolicyCommandCode{.code = command_nv_increment}};
}

Result<Policy> approved_floor_raise(const PublicKey& key, std::uint64_t floor) {
  ASTERISM_CHECK(check_version(floor, "floor"));
  ASTERISM_TRY(const auto index, floor_index(key));
  return Policy{
      PolicyNv{.index = index.after_write(), .comparison = NvComparison::unsigned_less, .operand = nv_number(floor)},
      PolicyCommandCode{.code = command_nv_increment}};
}

Policy floor_policy(Policy approved, const PublicKey& key, std::vector<std::byte> signature) {
  approved.emplace_back(authorize(key, floor_reference, std::move(signature)));
  return approved;
}

}  // namespace asterism::tpm
