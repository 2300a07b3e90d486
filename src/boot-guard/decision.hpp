// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "boot-guard/bounded_text.hpp"

namespace asterism::boot_guard {

/// How far the platform's EFI variables are known.
enum class VariableAccess : std::uint8_t {
  no_efi,       ///< not started by EFI firmware: there are none
  unsupported,  ///< the kernel says that this firmware has none at run time, so nobody can read any
  unreadable,   ///< there may be some, and they could not be listed
  listed,
};

/// What was found before the service manager runs. Views into storage of the caller.
struct Findings {
  VariableAccess access = VariableAccess::unreadable;
  std::string_view systemd_variable;         ///< file name of the first one that systemd owns; empty if none
  std::optional<std::string_view> running;   ///< /proc/cmdline; nothing if it could not be read in full
  bool has_expected = false;                 ///< the initramfs brings its copy of the command line
  std::optional<std::string_view> expected;  ///< that copy; nothing if it could not be read in full
};

enum class Verdict : std::uint8_t {
  proceed,
  variables_unreadable,
  variable_set,
  command_line_unreadable,
  command_line_differs,
  no_service_manager,  ///< for explain() only: all was well, and then the service manager could not be started
};

/// True for a file of efivarfs whose vendor is systemd (SystemdOptions, HibernateLocation, FactoryReset, ...).
/// @source systemd 257 src/basic/efivars.h, EFI_VENDOR_SYSTEMD.
[[nodiscard]] bool belongs_to_systemd(std::string_view file_name) noexcept;

/// Whether the boot may go on. Unknown means no.
[[nodiscard]] Verdict decide(const Findings& findings) noexcept;

/// The first word in which two command lines differ, as seen in `running`; empty if `running` ends before `expected`.
/// Words are separated by blanks, and their number and order count. Nothing if the lines are the same.
[[nodiscard]] std::optional<std::string_view> first_difference(std::string_view expected,
                                                               std::string_view running) noexcept;

using Message = BoundedText<512>;

/// One line for the person at the console: what was refused, why, what to do. Printable ASCII and a newline;
/// empty for `proceed`.
[[nodiscard]] Message explain(const Findings& findings, Verdict verdict) noexcept;

}  // namespace asterism::boot_guard
