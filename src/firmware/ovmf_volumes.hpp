// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "common/bytes.hpp"
#include "common/error.hpp"

namespace asterism::firmware {

/// The two volumes that OVMF unpacks into memory and measures, and the version that it measures before them.
class OvmfVolumes {
 public:
  /// @param file the code of OVMF, with its variable store or without.
  /// @errors `unsupported` where the file is not made like that: no packed volumes, other than two of them, another way
  ///         of packing, more than 64 MiB, no module that measures, or a version that cannot be told from other texts;
  ///         those of find_volumes(), read_volume(), read_sections() and unpack_lzma().
  /// @source EDK2 OvmfPkg/OvmfPkgX64.fdf (FVMAIN_COMPACT: PEIFV, DXEFV), SecurityPkg/Tcg/Tcg2Pei/Tcg2Pei.c.
  /// @checked tests/interop/launch/firmware_boot.py, a boot of OVMF with a software TPM; tests/fuzz/firmware.
  [[nodiscard]] static Result<OvmfVolumes> unpack(const ByteView& file);

  /// PEIFV, as packed: what the firmware runs first, and writes into before it measures it.
  [[nodiscard]] Bytes early() const noexcept { return Bytes{unpacked_}.subspan(early_.offset, early_.size); }
  /// DXEFV.
  [[nodiscard]] Bytes main() const noexcept { return Bytes{unpacked_}.subspan(main_.offset, main_.size); }
  /// PcdFirmwareVersionString.
  [[nodiscard]] const std::u16string& version() const noexcept { return version_; }

 private:
  struct Part {
    std::size_t offset = 0;
    std::size_t size = 0;
  };
  std::vector<std::byte> unpacked_;
  Part early_;
  Part main_;
  std::u16string version_;
};

}  // namespace asterism::firmware
