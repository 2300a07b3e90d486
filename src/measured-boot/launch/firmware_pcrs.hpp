// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/json.hpp"
#include "firmware/ovmf.hpp"
#include "measured-boot/pcr.hpp"

namespace asterism::measured_boot {

/// A PCR that firmware alone extends before it starts a boot loader.
struct FirmwarePcr {
  PcrIndex pcr = 0;
  std::optional<BankDigests> value;  ///< nullopt where the file does not tell it
  std::string why;                   ///< condition of the value, or why there is none
};

/// PCR 0 to 3 of a machine with this firmware, PCR 0 once for each type of machine that data/launch/ovmf.json has for
/// this build.
/// @errors `unsupported` for a file without OVMF's table; `internal`.
/// @source EDK2 SecurityPkg/Tcg/Tcg2Pei, Tcg2Dxe, as in OVMF up to edk2-stable202505.
/// @checked tests/interop/launch/firmware_boot.py starts OVMF on both types of machine.
[[nodiscard]] Result<std::vector<FirmwarePcr>> firmware_pcrs(const firmware::Ovmf& ovmf);

/// The table for people.
[[nodiscard]] std::string firmware_pcrs_table(const std::vector<FirmwarePcr>& pcrs);

/// The member "firmware" of `predict --json`; schema: image-manifests/schemas/prediction.schema.json.
[[nodiscard]] Json firmware_pcrs_json(const std::vector<FirmwarePcr>& pcrs);

}  // namespace asterism::measured_boot
