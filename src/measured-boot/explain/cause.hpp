// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "measured-boot/explain/parts.hpp"

namespace asterism::measured_boot::explain {

/// Why a register is not as expected.
enum class CauseId : std::uint8_t {
  log_contradicts_register,
  log_truncated,
  events_reordered,
  firmware_error,
  secure_boot_off,
  secure_boot_on,
  secure_boot_absent,
  pk_changed,
  kek_changed,
  db_changed,
  dbx_changed,
  secure_boot_variables_changed,
  other_authority,
  extra_authority,
  missing_authority,
  extra_boot_attempt,
  other_boot_loader,
  no_boot_loader,
  extra_program,
  other_uki,
  known_image,
  debug_image,
  other_stub_version,
  addon_loaded,
  other_kernel,
  other_initrd,
  other_command_line,
  command_line_appended,
  command_line_replaced,
  other_os_release,
  other_microcode,
  other_policy_key,
  other_section,
  section_added,
  section_missing,
  other_profile,
  initrd_extended,
  credentials_passed,
  configuration_extension,
  system_extension,
  boot_options_passed,
  missing_phase,
  extra_phase,
  other_systemd_version,
  nvpcr_initialised,
  volume_key_measured,
  identity_measured,
  other_firmware,
  firmware_on_other_machine,
  other_machine,
  boot_order_changed,
  option_rom_loaded,
  partition_table_changed,
  loader_configuration_changed,
  shim_in_chain,
  unknown,
};

/// What is fixed about a cause.
struct CauseInfo {
  CauseId id;
  std::string_view name;      ///< "db-changed"
  std::string_view sentence;  ///< the likely cause, where nothing more is known
  std::string_view advice;    ///< what to do
};

/// Every cause once, in the order of CauseId.
[[nodiscard]] std::span<const CauseInfo> cause_table() noexcept;

/// The row of a cause.
[[nodiscard]] const CauseInfo& cause_info(CauseId id) noexcept;

/// A cause found.
struct Cause {
  CauseId id = CauseId::unknown;
  Part part = Part::unknown;
  std::string subject = {};
  std::string sentence;

  [[nodiscard]] std::string component() const { return component_name(part, subject); }
};

/// A cause with the sentence of the table, and `detail` behind it where there is one.
[[nodiscard]] Cause make_cause(CauseId id, Part part, std::string subject = {}, std::string_view detail = {});

}  // namespace asterism::measured_boot::explain
