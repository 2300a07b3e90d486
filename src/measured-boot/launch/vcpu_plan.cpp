// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/launch/vcpu_plan.hpp"

#include <functional>

namespace asterism::measured_boot {
namespace {

constexpr std::uint32_t reset_vector = 0xfffffff0;

VmsaState state_of(const VmsaRevision& revision, std::uint64_t features, std::uint32_t signature, bool first) {
  VmsaState state;
  state.cs.attributes = first ? revision.cs_attributes_bsp : revision.cs_attributes_ap;
  state.ss.attributes = revision.ss_attributes;
  state.tr.attributes = revision.tr_attributes;
  state.rdx = revision.rdx.value_or(signature);
  state.g_pat = revision.g_pat;
  state.mxcsr = revision.mxcsr;
  state.x87_fcw = revision.x87_fcw;
  state.sev_features = features;
  return state;
}

using Fill = std::function<void(VcpuVariant&, const VmsaRevision&)>;

std::vector<VcpuVariant> combine(const VcpuRequest& request, const Fill& fill) {
  std::vector<VcpuVariant> variants;
  for (const std::uint64_t features : request.features) {
    for (const VmsaRevision& revision : request.revisions) {
      variants.push_back({.features = features, .revision = revision.name, .first = {}, .others = {}});
      fill(variants.back(), revision);
    }
  }
  return variants;
}

}  // namespace

Result<VcpuRange> parse_vcpu_range(std::string_view text) {
  const auto dash = text.find('-');
  const auto first = parse_number(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : parse_number(text.substr(dash + 1));
  if (!first || !last || *first == 0 || *last < *first || *last > VcpuRange::maximum) {
    return fail(Errc::usage, "--vcpus={}: expected a number or a range such as 1-64, at most {}", excerpt(text),
                VcpuRange::maximum);
  }
  return VcpuRange{.first = static_cast<unsigned>(*first), .last = static_cast<unsigned>(*last)};
}

std::vector<VcpuVariant> real_mode_variants(const VcpuRequest& request, std::optional<std::uint32_t> ap_reset_eip) {
  return combine(request, [&](VcpuVariant& variant, const VmsaRevision& revision) {
    VmsaState first = state_of(revision, variant.features, request.cpu_signature, /* first= */ true);
    first.start_at(reset_vector);
    variant.first = vmsa_page(first);
    if (!ap_reset_eip) return;
    VmsaState other = state_of(revision, variant.features, request.cpu_signature, /* first= */ false);
    other.start_at(*ap_reset_eip);
    variant.others = vmsa_page(other);
  });
}

std::vector<VcpuVariant> svsm_variants(const VcpuRequest& request, std::uint64_t entry_gpa) {
  constexpr std::uint16_t code_selector = 8;
  constexpr std::uint16_t data_selector = 16;
  constexpr std::uint32_t whole_memory = 0xffffffff;
  constexpr std::uint64_t cr0_protected = 0x11;
  return combine(request, [&](VcpuVariant& variant, const VmsaRevision& revision) {
    VmsaState state = state_of(revision, variant.features, request.cpu_signature, /* first= */ true);
    state.cs = {.selector = code_selector, .attributes = revision.cs_attributes_bsp, .limit = whole_memory};
    state.ss = {.selector = data_selector, .attributes = revision.ss_attributes, .limit = whole_memory};
    state.ds = state.es = state.fs = state.ss;
    state.cr0 = cr0_protected;
    state.rip = entry_gpa;
    variant.first = vmsa_page(state);
    variant.others = variant.first;
  });
}

}  // namespace asterism::measured_boot
