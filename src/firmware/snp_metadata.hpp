// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "common/bytes.hpp"
#include "common/error.hpp"

namespace asterism::firmware {

inline constexpr std::uint64_t page_bytes = 4096;

/// What a range of guest memory is for, before an SEV-SNP guest starts.
enum class SnpSectionType : std::uint32_t {
  sec_mem = 1,          ///< plain memory that the firmware uses at once
  secrets = 2,          ///< the page with the keys of the guest
  cpuid = 3,            ///< the page with the filtered CPUID values
  svsm_caa = 4,         ///< calling area of an SVSM
  kernel_hashes = 0x10  ///< the page with the hashes of a kernel that the VMM loads
};

/// "sec-mem", "secrets", "cpuid", "svsm-caa" or "kernel-hashes".
[[nodiscard]] std::string_view to_string(SnpSectionType type) noexcept;

/// One range of guest memory, whole pages. Addresses are guest-physical.
struct SnpSection {
  std::uint64_t gpa = 0;
  std::uint64_t size_bytes = 0;
  SnpSectionType type = SnpSectionType::sec_mem;

  friend bool operator==(const SnpSection&, const SnpSection&) = default;
};

/// The sections that a firmware file declares for SEV-SNP, in the order of the file.
/// @param file the whole firmware file.
/// @param offset_from_end where the block lies, as its entry in the GUIDed table says.
/// @errors `corrupt` for a block outside the file, a bad signature or length, sections that are empty, not whole pages
///         or overlap; `unsupported` for another version, an unknown type, secrets or CPUID of other than one page,
///         more than 64 sections, or more than 256 MiB in all.
/// @source EDK2 OvmfPkg/ResetVector/X64/OvmfSevMetadata.asm; QEMU target/i386/sev.c.
/// @checked tests/unit/firmware/snp_metadata_hostile.txt; tests/fuzz/firmware.
[[nodiscard]] Result<std::vector<SnpSection>> read_snp_metadata(const ByteView& file, std::uint64_t offset_from_end);

}  // namespace asterism::firmware
