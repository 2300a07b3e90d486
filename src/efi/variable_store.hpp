// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "common/guid.hpp"

namespace asterism::efi {

/// One live variable of a store.
struct Variable {
  Guid vendor;
  std::string name;  ///< UTF-8
  Bytes data;
  std::uint32_t attributes = 0;
};

/// The live variables of an OVMF variable file (OVMF_VARS*.fd): one firmware volume with an authenticated store.
/// A variable that was being replaced when the power went counts with its old value, as in firmware.
/// @param file must outlive the result.
/// @errors `corrupt` naming the offset; `unsupported` for a store without authentication, or more than 4096 variables.
/// @source EDK2 MdeModulePkg/Include/Guid/VariableFormat.h, MdePkg/Include/Pi/PiFirmwareVolume.h.
/// @checked tests/interop/secure_boot.py against virt-fw-vars; tests/fuzz/variable_store.
[[nodiscard]] Result<std::vector<Variable>> read_variable_store(const ByteView& file);

}  // namespace asterism::efi
