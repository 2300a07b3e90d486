// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "firmware/ovmf.hpp"
#include "measured-boot/launch/launch_data.hpp"
#include "measured-boot/launch/vmsa.hpp"

namespace asterism::measured_boot {

/// How many virtual processors: every count from first to last.
struct VcpuRange {
  static constexpr unsigned maximum = 4096;

  unsigned first = 1;
  unsigned last = 1;
};

/// "4" or "1-64". @errors `usage` for anything else, for 0, or above 4096.
[[nodiscard]] Result<VcpuRange> parse_vcpu_range(std::string_view text);

/// One guess at what the VMM put into the first state of the virtual processors.
struct VcpuVariant {
  std::uint64_t features = 0;
  std::string revision;
  std::vector<std::byte> first;   ///< VMSA of the processor that starts
  std::vector<std::byte> others;  ///< VMSA of each other one
};

/// What VMSAs depend on.
struct VcpuRequest {
  std::uint32_t cpu_signature = 0;
  std::vector<std::uint64_t> features;
  std::vector<VmsaRevision> revisions;
};

/// The VMSAs for every combination of features and revisions, for processors that start in real mode.
/// @param ap_reset_eip where all but the first start; without it they are left empty.
[[nodiscard]] std::vector<VcpuVariant> real_mode_variants(const VcpuRequest& request,
                                                          std::optional<std::uint32_t> ap_reset_eip);

/// The same for processors that all start in an SVSM, in flat 32-bit mode.
[[nodiscard]] std::vector<VcpuVariant> svsm_variants(const VcpuRequest& request, std::uint64_t entry_gpa);

}  // namespace asterism::measured_boot
