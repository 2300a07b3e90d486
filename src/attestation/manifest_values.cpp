// SPDX-License-Identifier: Apache-2.0
#include "attestation/manifest_values.hpp"

#include <algorithm>

namespace asterism::attestation {
namespace {

using manifest::LaunchRecord;
using manifest::LaunchRegister;
using manifest::Technology;

constexpr std::size_t combinations_max = 256;

Result<PcrReference> pcr_reference(const manifest::PcrValues& values, const ReferenceScope& scope) {
  PcrReference reference;
  for (const auto& [index, digest] : values.settled) {
    if (!scope.pcrs_left_out.contains(index)) reference[index] = {digest};
  }
  const auto boot = values.kernel_boot.find(scope.stage);
  if (boot == values.kernel_boot.end()) {
    return fail(Errc::unsupported, "no value of PCR 11 at stage {}", to_string(scope.stage));
  }
  if (!scope.pcrs_left_out.contains(manifest::pcr_kernel_boot)) {
    reference[manifest::pcr_kernel_boot] = {boot->second};
  }
  return reference;
}

bool applies(const LaunchRecord& record, const ReferenceScope& scope) {
  return record.platform == scope.platform && std::ranges::all_of(record.conditions, [&](const auto& condition) {
           const auto known = scope.conditions.find(condition.first);
           return known == scope.conditions.end() || known->second == condition.second;
         });
}

AllowedDigests launch_values(const manifest::Manifest& image, const ReferenceScope& scope, Technology technology,
                             LaunchRegister name) {
  AllowedDigests values;
  for (const LaunchRecord& record : image.launch) {
    if (record.technology != technology || record.name != name || !applies(record, scope)) continue;
    for (const Digest& value : record.values) {
      if (!std::ranges::contains(values, value)) values.push_back(value);
    }
  }
  return values;
}

/// Each MRTD with each value of each RTMR that has any.
Result<std::vector<TdRegisters>> td_registers(const manifest::Manifest& image, const ReferenceScope& scope) {
  std::vector<TdRegisters> all;
  for (const Digest& mrtd : launch_values(image, scope, Technology::tdx, LaunchRegister::mrtd))
    all.push_back({.mrtd = mrtd});
  constexpr LaunchRegister rtmrs[] = {LaunchRegister::rtmr0, LaunchRegister::rtmr1, LaunchRegister::rtmr2,
                                      LaunchRegister::rtmr3};
  for (std::size_t i = 0; i < std::size(rtmrs); ++i) {
    const auto values = launch_values(image, scope, Technology::tdx, rtmrs[i]);
    if (values.empty()) continue;
    if (all.size() * values.size() > combinations_max) {
      return fail(Errc::unsupported, "more than {} combinations of TDX registers: name conditions", combinations_max);
    }
    std::vector<TdRegisters> extended;
    for (const TdRegisters& registers : all) {
      for (const Digest& value : values) {
        extended.push_back(registers);
        extended.back().rtmrs[i] = value;
      }
    }
    all = std::move(extended);
  }
  return all;
}

Result<ImageReference> collect(const manifest::Manifest& image, const ReferenceScope& scope) {
  ImageReference reference{.name = std::format("{} {}", image.name, image.version)};
  const auto platform = image.measurements.find(scope.platform);
  if (platform == image.measurements.end()) {
    return fail(Errc::unsupported, "no values for platform '{}'", excerpt(scope.platform));
  }
  const auto state = platform->second.find(scope.secure_boot);
  if (state == platform->second.end()) {
    return fail(Errc::unsupported, "no values with Secure Boot {}", to_string(scope.secure_boot));
  }
  for (const auto& [bank, values] : state->second) {
    ASTERISM_TRY(reference.pcrs[bank], pcr_reference(values, scope));
  }
  reference.snp_measurements = launch_values(image, scope, Technology::snp, LaunchRegister::measurement);
  ASTERISM_TRY(reference.td_registers, td_registers(image, scope));
  return reference;
}

}  // namespace

Result<ImageReference> image_reference(const manifest::Verified<manifest::Manifest>& image,
                                       const ReferenceScope& scope) {
  ASTERISM_TRY(auto reference, collect(*image, scope), "manifest of {} {}", image->name, image->version);
  return reference;
}

}  // namespace asterism::attestation
