// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "common/guid.hpp"

namespace asterism::firmware {

/// One entry of OVMF's table: data named by a GUID.
struct GuidedEntry {
  Guid guid;
  ByteView data;  ///< without size and GUID
};

/// The table of GUIDed entries that OVMF keeps right below the reset vector, for whoever starts the machine.
///
/// It ends 32 bytes before the end of the file and is read backwards: data, 16-bit size of the whole entry, GUID. Its
/// last entry names the table and holds the size of all of it.
class GuidedTable {
 public:
  /// @param file the whole firmware file; must outlive the table.
  /// @returns an empty table where the footer's GUID is not there.
  /// @errors `corrupt` naming the offset for an entry below 18 bytes or one that starts before the table, a table that
  ///         starts before the file, or the same GUID twice; `unsupported` for more than 64 entries.
  /// @source EDK2 OvmfPkg/ResetVector/Ia16/ResetVectorVtf0.asm; QEMU hw/i386/pc_sysfw_ovmf.c.
  /// @checked tests/unit/firmware/guided_table_hostile.txt; tests/fuzz/firmware.
  [[nodiscard]] static Result<GuidedTable> parse(const ByteView& file);

  [[nodiscard]] const std::vector<GuidedEntry>& entries() const noexcept { return entries_; }

  /// The data of the entry, or nullptr.
  [[nodiscard]] const ByteView* find(const Guid& guid) const noexcept;

 private:
  std::vector<GuidedEntry> entries_;
};

}  // namespace asterism::firmware
