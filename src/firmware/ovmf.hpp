// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "firmware/guided_table.hpp"
#include "firmware/snp_metadata.hpp"
#include "firmware/tdvf.hpp"

namespace asterism::firmware {

/// A range of guest memory, in bytes.
struct MemoryArea {
  std::uint64_t gpa = 0;
  std::uint64_t size_bytes = 0;
};

/// A firmware file that the VMM maps so that it ends at a given address, and what it tells the VMM.
///
/// What is absent is nullopt. The memory that firmware declares for one kind of guest is only read when asked for: a
/// file without variable store, for instance, declares TDX sections that do not fit it.
class Ovmf {
 public:
  static constexpr std::uint64_t end_of_flash = 1ULL << 32;  ///< 4 GiB, where firmware ends on x86
  static constexpr std::uint64_t file_bytes_max = 64ULL << 20;

  /// @param file the whole file, or the part that is mapped; must outlive the result.
  /// @param end_gpa first guest-physical address behind the file.
  /// @errors `corrupt` for a file that is empty or not whole pages; `unsupported` above 64 MiB; those of
  ///         GuidedTable::parse(); `corrupt` for an entry of the wrong size.
  /// @source EDK2 OvmfPkg/ResetVector/Ia16/ResetVectorVtf0.asm.
  [[nodiscard]] static Result<Ovmf> parse(const ByteView& file, std::uint64_t end_gpa = end_of_flash);

  [[nodiscard]] const ByteView& file() const noexcept { return file_; }
  /// Address of the first byte.
  [[nodiscard]] std::uint64_t gpa() const noexcept { return gpa_; }
  [[nodiscard]] const GuidedTable& table() const noexcept { return table_; }

  /// Where secondary processors of an SEV-ES or SEV-SNP guest start.
  [[nodiscard]] std::optional<std::uint32_t> ap_reset_eip() const noexcept { return ap_reset_eip_; }
  /// Where the VMM puts the hashes of a kernel that it loads; nullopt if the firmware does not look at them.
  [[nodiscard]] std::optional<MemoryArea> hash_table() const noexcept { return hash_table_; }
  /// Where the VMM puts the secret of an SEV or SEV-ES guest.
  [[nodiscard]] std::optional<MemoryArea> secret_area() const noexcept { return secret_area_; }
  /// Offset of an SVSM's first instruction from the start of the file; nullopt if this is no SVSM.
  [[nodiscard]] std::optional<std::uint32_t> svsm_entry_offset() const noexcept { return svsm_entry_offset_; }
  /// Memory declared for SEV-SNP. @errors `unsupported` if there is none; those of read_snp_metadata().
  [[nodiscard]] Result<std::vector<SnpSection>> snp_sections() const;
  /// Memory declared for TDX. @errors `unsupported` if there is none; those of read_tdvf().
  [[nodiscard]] Result<std::vector<TdvfSection>> tdvf_sections() const;

 private:
  Result<> read_entries();

  ByteView file_;
  std::uint64_t gpa_ = 0;
  GuidedTable table_;
  std::optional<std::uint32_t> ap_reset_eip_;
  std::optional<MemoryArea> hash_table_;
  std::optional<MemoryArea> secret_area_;
  std::optional<std::uint32_t> svsm_entry_offset_;
  std::optional<std::uint32_t> sev_metadata_;  ///< bytes before the end of the file
  std::optional<std::uint32_t> tdx_metadata_;  ///< the same
};

}  // namespace asterism::firmware
