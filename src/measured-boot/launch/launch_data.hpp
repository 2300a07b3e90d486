// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/json_decoder.hpp"
#include "measured-boot/launch/snp_chain.hpp"

namespace asterism::measured_boot {

/// CPUID Fn0000_0001_EAX of a processor: what QEMU puts into rdx at reset.
/// @errors `usage` for a family over 270, a model over 255 or a stepping over 15.
/// @source AMD publication 25481.
[[nodiscard]] Result<std::uint32_t> cpu_signature(std::uint64_t family, std::uint64_t model, std::uint64_t stepping);

/// A value of SEV_FEATURES that a platform may have chosen, and when.
struct FeatureChoice {
  std::uint64_t value = 0;
  std::string reason;
  std::string source;
};

/// One way in which a VMM fills the VMSA, and when.
struct VmsaRevision {
  std::string name;
  std::string reason;
  std::string source;
  std::uint16_t cs_attributes_bsp = 0;
  std::uint16_t cs_attributes_ap = 0;
  std::uint16_t ss_attributes = 0;
  std::uint16_t tr_attributes = 0;
  std::optional<std::uint64_t> rdx;  ///< nullopt: the CPU's signature
  std::uint64_t g_pat = 0;
  std::uint32_t mxcsr = 0;
  std::uint16_t x87_fcw = 0;
};

/// How one VMM starts a guest, with the alternatives that cannot be told apart from outside.
struct VmmModel {
  std::string name;
  std::string title;
  SnpPageType sec_mem = SnpPageType::zero;  ///< how memory of type sec_mem is added: zero or unmeasured
  bool cpuid_last = false;                  ///< CPUID pages are added after all other sections
  std::vector<FeatureChoice> guest_features;
  std::vector<FeatureChoice> es_features;  ///< for SEV-ES
  std::vector<VmsaRevision> revisions;
};

/// A CPU model by the name that QEMU gives it.
struct CpuType {
  std::string name;
  std::uint32_t signature = 0;
};

/// Every CPU model of data/launch/cpu-types.json, aliases too.
/// @errors `corrupt`, `unverified` for a data file that breaks its own rules.
[[nodiscard]] Result<std::vector<CpuType>> cpu_types();

/// The signature of a CPU model. @errors `not_found` listing the known names.
[[nodiscard]] Result<std::uint32_t> find_cpu_type(std::string_view name);

/// Every VMM of data/launch/vmms.json. @errors as cpu_types().
[[nodiscard]] Result<std::vector<VmmModel>> vmm_models();

/// One VMM by name. @errors `not_found` listing the known names.
[[nodiscard]] Result<VmmModel> find_vmm(std::string_view name);

/// A number written as "0x..." in a data file or as an argument, or in decimal digits.
/// @errors `corrupt` for anything else.
[[nodiscard]] Result<std::uint64_t> parse_number(std::string_view text);

/// The member `key`, a number as parse_number() reads it, at most `maximum`. @errors `corrupt`.
[[nodiscard]] Result<std::uint64_t> decode_number(JsonObjectDecoder& object, std::string_view key,
                                                  std::uint64_t maximum);

}  // namespace asterism::measured_boot
