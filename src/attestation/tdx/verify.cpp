// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "attestation/verifier.hpp"

namespace asterism::attestation {
namespace {

Result<> check_attributes(const TdBody& body, const TdxPolicy& policy) {
  const std::uint64_t attributes = body.td_attributes;
  if ((attributes & ~TdAttributes::known) != 0) {
    return fail(Errc::unverified, "td_attributes: unknown bits in {:#x}", attributes);
  }
  if ((attributes & TdAttributes::under_debug) != 0 && !policy.allow_debug) {
    return fail(Errc::unverified, "td_attributes.debug: the host may look into the TD ({:#x})", attributes);
  }
  if ((attributes & TdAttributes::migratable) != 0 && !policy.allow_migration) {
    return fail(Errc::unverified, "td_attributes.migratable: the TD may be migrated");
  }
  if (body.mr_service_td && !all_zero(*body.mr_service_td) && !policy.allow_migration) {
    return fail(Errc::unverified, "mr_service_td: a service TD is bound to the TD");
  }
  if ((attributes & TdAttributes::sept_ve_disable) == 0 && policy.require_sept_ve_disable) {
    return fail(Errc::unverified, "td_attributes.sept_ve_disable: not set");
  }
  if ((body.xfam & ~policy.xfam_allowed) != 0) {
    return fail(Errc::unverified, "xfam: {:#x} has more than {:#x}", body.xfam, policy.xfam_allowed);
  }
  if ((body.xfam & policy.xfam_required) != policy.xfam_required) {
    return fail(Errc::unverified, "xfam: {:#x} lacks some of {:#x}", body.xfam, policy.xfam_required);
  }
  return {};
}

Result<> check_identity(const TdBody& body, const TdxPolicy& policy, Bytes report_data) {
  const struct {
    std::string_view name;
    const FixedBytes<48>& value;
    const std::optional<FixedBytes<48>>& wanted;
  } rows[] = {{"mr_config_id", body.mr_config_id, policy.mr_config_id},
              {"mr_owner", body.mr_owner, policy.mr_owner},
              {"mr_owner_config", body.mr_owner_config, policy.mr_owner_config}};
  for (const auto& row : rows) {
    if (row.wanted && row.value != *row.wanted) return fail(Errc::unverified, "{}: not the expected one", row.name);
  }
  if (!same_bytes(body.report_data, report_data)) return fail(Errc::unverified, "report_data: not what was asked for");
  return {};
}

/// The register that does not fit; empty if all do.
std::string misfit(const TdBody& body, const TdRegisters& registers) {
  if (!std::ranges::equal(body.mrtd, registers.mrtd.bytes())) return "mrtd";
  for (std::size_t i = 0; i < body.rtmrs.size(); ++i) {
    if (registers.rtmrs[i] && !std::ranges::equal(body.rtmrs[i], registers.rtmrs[i]->bytes())) {
      return std::format("rtmr{}", i);
    }
  }
  return {};
}

Result<ImageNames> matching_images(const TdBody& body, const ReferenceValues& references) {
  ImageNames names;
  std::string reasons;
  for (const ImageReference& image : references.images()) {
    for (const TdRegisters& registers : image.td_registers) {
      const std::string reason = misfit(body, registers);
      if (reason.empty()) names.insert(image.name);
      if (!reason.empty()) reasons += std::format("{}{}: {}", reasons.empty() ? "" : ", ", image.name, reason);
    }
  }
  if (names.empty()) {
    return fail(Errc::unverified, "mrtd, rtmr: no image that is valid now fits ({})",
                reasons.empty() ? "none" : reasons);
  }
  return names;
}

Result<TdxFacts> judge(const AuthenticQuote& authentic, const TdxPolicy& policy, const ReferenceValues& references) {
  for (const auto& [name, dates] :
       {std::pair{"TCB info", authentic.tcb_info.dates}, std::pair{"QE identity", authentic.qe_identity.dates}}) {
    if (dates.evaluation_number < references.tdx_evaluation_number_min()) {
      return fail(Errc::unverified, "{}: tcbEvaluationDataNumber: {} is below {}", name, dates.evaluation_number,
                  references.tdx_evaluation_number_min());
    }
  }
  if (!policy.platforms.empty() && !std::ranges::contains(policy.platforms, authentic.pck.ppid)) {
    return fail(Errc::unverified, "PCK certificate: ppid: not one of the allowed platforms");
  }
  ASTERISM_TRY(auto verdict, judge_tcb(authentic));
  if (!policy.statuses.contains(verdict.status)) {
    return fail(Errc::unverified, "TDX quote: tcb_status: {} is not allowed", to_string(verdict.status));
  }
  return TdxFacts{.body = authentic.quote.body,
                  .pck = authentic.pck,
                  .status = verdict.status,
                  .advisories = std::move(verdict.advisories)};
}

}  // namespace

Result<Verified<TdxFacts>> Verifier::verify_tdx(Bytes quote, const TdxCollateral& collateral, const Certificate& root,
                                                const TdxPolicy& policy, const ReferenceValues& references,
                                                const FixedBytes<64>& report_data, Time time) {
  ASTERISM_TRY(const auto authentic, authenticate_tdx_quote(quote, collateral, root, time));
  ASTERISM_TRY(auto facts, judge(authentic, policy, references));
  ASTERISM_CHECK(check_attributes(facts.body, policy), "TDX quote");
  ASTERISM_CHECK(check_identity(facts.body, policy, report_data), "TDX quote");
  ASTERISM_TRY(auto images, matching_images(facts.body, references), "TDX quote");
  return Verified<TdxFacts>{std::move(facts), std::move(images)};
}

}  // namespace asterism::attestation
