// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "firmware/igvm.hpp"
#include "measured-boot/launch/launch_report.hpp"
#include "measured-boot/launch/tdx_data.hpp"

namespace asterism::measured_boot {

/// What loaders do with pages that have no data: data/launch/igvm.json. @errors as tdx_data().
[[nodiscard]] Result<std::vector<TdxSwitch>> igvm_zero_pages();

/// The launch digest of an SEV-SNP guest that is started from an IGVM file: its pages in the order of the file, then
/// the processors' states, since KVM adds those when the launch ends.
/// @param zero_type pages without data are added by the zero page type, not as data.
/// @errors `unsupported` if the file is not for SEV-SNP or has no state of a processor; `internal`.
/// @source QEMU backends/igvm.c, target/i386/sev.c; IGVM format, microsoft/igvm igvm_defs 0.3.
[[nodiscard]] Result<LaunchValue> igvm_snp_value(const firmware::IgvmFile& file, bool zero_type);

/// Fills in values, alternatives and notes: where KVM would not do what the file says, and whether the file's ID block
/// expects one of the values. @errors as above.
[[nodiscard]] Result<> add_igvm(LaunchReport& report, const firmware::IgvmFile& file);

}  // namespace asterism::measured_boot
