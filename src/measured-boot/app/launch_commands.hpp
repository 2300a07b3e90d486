// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "measured-boot/app/commands.hpp"

namespace asterism::measured_boot {

/// Adds `snp` to the program.
[[nodiscard]] Command add_snp(CLI::App& app);

/// Adds `sev` to the program.
[[nodiscard]] Command add_sev(CLI::App& app);

/// Adds `sev-es` to the program.
[[nodiscard]] Command add_sev_es(CLI::App& app);

/// Adds `tdx` to the program.
[[nodiscard]] Command add_tdx(CLI::App& app);

/// Adds `id-block` to the program.
[[nodiscard]] Command add_id_block(CLI::App& app);

}  // namespace asterism::measured_boot
