// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "measured-boot/launch/kernel_hashes.hpp"
#include "measured-boot/launch/vcpu_plan.hpp"

namespace asterism::measured_boot {

/// One possible launch digest.
struct LaunchValue {
  unsigned vcpus = 0;
  std::uint64_t features = 0;
  std::string revision;
  Digest digest;
};

/// All pages of an SEV-SNP guest before the VMSAs: firmware, then its sections as the VMM adds them.
/// @errors `unsupported` for firmware that declares no memory for SEV-SNP, or for a kernel where it has no place for
///         the hashes; those of Ovmf::snp_sections(); `internal`.
/// @source SEV-SNP Firmware ABI 1.57, SNP_LAUNCH_UPDATE; QEMU target/i386/sev.c.
/// @checked known answers of sev-snp-measure in tests/unit/launch; a model in Python in tests/interop/launch.
[[nodiscard]] Result<SnpChain> snp_firmware_pages(const firmware::Ovmf& ovmf, const VmmModel& vmm,
                                                  const std::optional<KernelHashes>& kernel);

/// The same from the digest of the firmware file's pages on, e.g. where only that is known.
[[nodiscard]] Result<SnpChain> snp_section_pages(SnpChain chain, const std::vector<firmware::SnpSection>& sections,
                                                 const std::optional<firmware::MemoryArea>& hash_table,
                                                 const VmmModel& vmm, const std::optional<KernelHashes>& kernel);

/// The same where an SVSM lies below the firmware's variable store and is started in its place.
/// @param svsm parsed so that it ends where the variable store starts. @errors as above.
[[nodiscard]] Result<SnpChain> snp_svsm_pages(const firmware::Ovmf& ovmf, const firmware::Ovmf& svsm,
                                              const VmmModel& vmm);

/// The launch digest for each count and each variant; every count goes on from the one before.
/// @errors `unsupported` for more than one processor where the firmware does not say where the others start.
[[nodiscard]] Result<std::vector<LaunchValue>> snp_values(const SnpChain& pages, const VcpuRange& range,
                                                          const std::vector<VcpuVariant>& variants);

/// Launch digest of an SEV guest: the firmware file, and the hash table if a kernel is loaded.
/// @errors `unsupported` for a kernel where the firmware has no place for the hashes; `internal`.
/// @source AMD publication 55766, LAUNCH_MEASURE.
[[nodiscard]] Result<Digest> sev_value(const firmware::Ovmf& ovmf, const std::optional<KernelHashes>& kernel);

/// The same with the VMSAs of an SEV-ES guest behind, for each count and variant. @errors as sev_value(), snp_values().
[[nodiscard]] Result<std::vector<LaunchValue>> sev_es_values(const firmware::Ovmf& ovmf,
                                                             const std::optional<KernelHashes>& kernel,
                                                             const VcpuRange& range,
                                                             const std::vector<VcpuVariant>& variants);

}  // namespace asterism::measured_boot
