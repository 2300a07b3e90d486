// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace asterism::measured_boot::explain {

/// What a measurement is of: the component of image or platform that answers for it.
enum class Part : std::uint8_t {
  firmware,              ///< code of the firmware
  machine,               ///< tables that the host makes: ACPI, SMBIOS, memory map, firmware configuration
  boot_options,          ///< BootOrder and Boot####
  drivers,               ///< option ROMs and drivers
  secure_boot_state,     ///< the variable SecureBoot
  secure_boot_key,       ///< PK, KEK, db or dbx
  authority,             ///< db entry that let an image start
  boot_action,           ///< the firmware starts a boot option, or takes control back
  separator,             ///< end of the firmware's part of a register
  boot_loader,           ///< Authenticode digest of systemd-boot
  uki,                   ///< Authenticode digest of the UKI
  inner_kernel,          ///< Authenticode digest of .linux
  section_name,          ///< name of a section of the UKI
  section,               ///< content of a section of the UKI
  command_line,          ///< as the kernel got it
  initrd,                ///< as the kernel got it
  boot_configuration,    ///< boot options, add-ons, credentials
  profile,               ///< chosen profile of the UKI
  partition_table,       ///< GPT
  loader_configuration,  ///< loader.conf
  exit_boot_services,    ///< the firmware hands over
  phase,                 ///< word of systemd-pcrphase
  os_separator,          ///< of systemd 261 and newer
  system_extension,      ///< system extensions
  identity,              ///< machine id, file systems, volume keys
  program,               ///< a program that is not part of the image
  log,                   ///< the log itself
  unknown,
};

/// The component in words, with its name where it has one: "section .linux of the UKI", "Secure Boot variable db".
[[nodiscard]] std::string component_name(Part part, std::string_view subject);

/// A short name for programs, e.g. "secure-boot-key".
[[nodiscard]] std::string_view to_string(Part part) noexcept;

/// The type that events of systemd's userspace log have here; no event type of the specification.
inline constexpr std::uint32_t userspace_event_type = 0xffff'fff0;

/// The event types that a measurement of the part can have.
[[nodiscard]] std::vector<std::uint32_t> event_types(Part part);

/// A part and the name of what it is of: ".linux", "db", "sysinit"; empty where there is none.
struct PartName {
  Part part = Part::unknown;
  std::string subject;
};

/// What an event of a prediction is of, by its words (Event::what).
[[nodiscard]] PartName classify_prediction(std::string_view what);

/// What an event of a log is of, by its type alone: a claim of the log.
[[nodiscard]] Part part_of_type(std::uint32_t type) noexcept;

}  // namespace asterism::measured_boot::explain
