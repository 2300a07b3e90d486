// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace asterism::measured_boot {

/// The kernel command line that systemd-stub makes of a .cmdline section: UCS-2 up to the first NUL, control characters
/// turned into spaces, spaces at both ends removed.
/// @source systemd src/boot/util.c, mangle_stub_cmdline().
[[nodiscard]] std::u16string stub_command_line(std::string_view section);

}  // namespace asterism::measured_boot
