// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "common/bytes.hpp"
#include "common/error.hpp"

namespace asterism::firmware {

/// What a section of TDX firmware is.
enum class TdvfSectionType : std::uint32_t {
  boot_volume = 0,           ///< BFV, the code
  configuration_volume = 1,  ///< CFV, the variable store
  td_hob = 2,
  temporary_memory = 3,
  permanent_memory = 4,
  payload = 5,
  payload_parameter = 6
};

/// "bfv", "cfv", "td-hob", "temp-mem", "perm-mem", "payload" or "payload-param".
[[nodiscard]] std::string_view to_string(TdvfSectionType type) noexcept;

/// One range of guest memory and what it holds at the start.
struct TdvfSection {
  ByteView data;                   ///< bytes of the file; shorter than the memory means zeros behind
  std::uint64_t gpa = 0;           ///< guest-physical, whole pages
  std::uint64_t memory_bytes = 0;  ///< whole pages
  TdvfSectionType type = TdvfSectionType::boot_volume;
  bool extends = false;      ///< MR.EXTEND: the content goes into MRTD, not only the place
  bool added_later = false;  ///< PAGE.AUG: not added before the start, so not in MRTD at all
};

/// The sections that a firmware file declares for TDX, in the order of the file.
/// @param file the whole firmware file; must outlive the result.
/// @param offset_from_end where the descriptor lies, as its entry in the GUIDed table says.
/// @errors `corrupt` for a descriptor or data outside the file, a bad signature or length, sections that are empty, not
///         whole pages, smaller than their data, or overlap; `unsupported` for another version, an unknown type or
///         attribute, more than 64 sections, or more than 1 GiB that is added before the start.
/// @source Intel, "TDX Virtual Firmware Design Guide" 344991, section 11; EDK2 OvmfPkg/ResetVector/X64/
///         IntelTdxMetadata.asm.
/// @checked tests/unit/firmware/tdvf_hostile.txt; tests/fuzz/firmware.
[[nodiscard]] Result<std::vector<TdvfSection>> read_tdvf(const ByteView& file, std::uint64_t offset_from_end);

}  // namespace asterism::firmware
