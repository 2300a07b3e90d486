// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/explain/parts.hpp"

#include <algorithm>
#include <array>
#include <format>

#include "event-log/event_type.hpp"

namespace asterism::measured_boot::explain {
namespace {

namespace event_type = event_log::event_type;

struct PartFacts {
  Part part;
  std::string_view name;
  std::string_view words;  ///< {} is the subject
};

constexpr std::array part_facts{
    PartFacts{Part::firmware, "firmware", "code of the firmware"},
    PartFacts{Part::machine, "machine", "configuration of the machine, as the host gives it"},
    PartFacts{Part::boot_options, "boot-options", "boot options of the firmware"},
    PartFacts{Part::drivers, "drivers", "drivers and option ROMs"},
    PartFacts{Part::secure_boot_state, "secure-boot-state", "state of Secure Boot"},
    PartFacts{Part::secure_boot_key, "secure-boot-key", "Secure Boot variable {}"},
    PartFacts{Part::authority, "authority", "db entry that lets an image start"},
    PartFacts{Part::boot_action, "boot-action", "choice of the boot option"},
    PartFacts{Part::separator, "separator", "end of the firmware's part"},
    PartFacts{Part::boot_loader, "boot-loader", "boot loader"},
    PartFacts{Part::uki, "uki", "UKI"},
    PartFacts{Part::inner_kernel, "inner-kernel", "kernel inside the UKI"},
    PartFacts{Part::section_name, "section-name", "section {} of the UKI"},
    PartFacts{Part::section, "section", "section {} of the UKI"},
    PartFacts{Part::command_line, "command-line", "kernel command line"},
    PartFacts{Part::initrd, "initrd", "initrd"},
    PartFacts{Part::boot_configuration, "boot-configuration", "boot configuration beside the UKI"},
    PartFacts{Part::profile, "profile", "profile of the UKI"},
    PartFacts{Part::partition_table, "partition-table", "partition table"},
    PartFacts{Part::loader_configuration, "loader-configuration", "loader.conf"},
    PartFacts{Part::exit_boot_services, "exit-boot-services", "the firmware's handing over"},
    PartFacts{Part::phase, "phase", "boot phase {}"},
    PartFacts{Part::os_separator, "os-separator", "separator of systemd"},
    PartFacts{Part::system_extension, "system-extension", "system extensions"},
    PartFacts{Part::identity, "identity", "identity of the system"},
    PartFacts{Part::program, "program", "a program beside the image's own"},
    PartFacts{Part::log, "log", "the log itself"},
    PartFacts{Part::unknown, "unknown", "unknown"},
};

const PartFacts& facts_of(Part part) noexcept {
  const auto* const found = std::ranges::find(part_facts, part, &PartFacts::part);
  return found == part_facts.end() ? part_facts.back() : *found;
}

}  // namespace

std::string component_name(Part part, std::string_view subject) {
  const std::string_view words = facts_of(part).words;
  const auto place = words.find("{}");
  if (place == std::string_view::npos) return std::string{words};
  if (subject.empty()) return std::format("{}{}", words.substr(0, place == 0 ? 0 : place - 1), words.substr(place + 2));
  return std::format("{}{}{}", words.substr(0, place), subject, words.substr(place + 2));
}

std::string_view to_string(Part part) noexcept {
  return facts_of(part).name;
}

std::vector<std::uint32_t> event_types(Part part) {
  switch (part) {
    case Part::boot_action:
    case Part::exit_boot_services:
      return {event_type::efi_action, event_type::action};
    case Part::separator:
      return {event_type::separator};
    case Part::boot_loader:
    case Part::uki:
    case Part::inner_kernel:
      return {event_type::efi_boot_services_application};
    case Part::drivers:
      return {event_type::efi_boot_services_driver, event_type::efi_runtime_services_driver};
    case Part::secure_boot_state:
    case Part::secure_boot_key:
      return {event_type::efi_variable_driver_config};
    case Part::authority:
      return {event_type::efi_variable_authority};
    case Part::section_name:
    case Part::section:
    case Part::boot_configuration:
    case Part::system_extension:
      return {event_type::ipl};
    case Part::command_line:
    case Part::initrd:
    case Part::profile:
    case Part::loader_configuration:
      return {event_type::event_tag};
    case Part::partition_table:
      return {event_type::efi_gpt_event, event_type::efi_gpt_event2};
    case Part::firmware:
      return {event_type::s_crtm_version, event_type::s_crtm_contents, event_type::post_code,
              event_type::efi_platform_firmware_blob, event_type::efi_platform_firmware_blob2};
    case Part::machine:
      return {event_type::platform_config_flags, event_type::efi_handoff_tables, event_type::efi_handoff_tables2,
              event_type::nonhost_info,          event_type::nonhost_config,     event_type::table_of_devices};
    case Part::boot_options:
      return {event_type::efi_variable_boot, event_type::efi_variable_boot2};
    case Part::phase:
    case Part::os_separator:
    case Part::identity:
      return {userspace_event_type};
    case Part::program:
      return {event_type::efi_boot_services_application};
    case Part::log:
    case Part::unknown:
      return {};
  }
  return {};
}

PartName classify_prediction(std::string_view what) {
  struct Prefix {
    std::string_view text;
    Part part;
  };
  constexpr std::array prefixes{Prefix{"action: ", Part::boot_action},
                                Prefix{"separator", Part::separator},
                                Prefix{"image: boot loader", Part::boot_loader},
                                Prefix{"image: UKI", Part::uki},
                                Prefix{"image: kernel inside the UKI", Part::inner_kernel},
                                Prefix{"boot options ", Part::boot_configuration},
                                Prefix{"profile ", Part::profile},
                                Prefix{"name of section ", Part::section_name},
                                Prefix{"content of section ", Part::section},
                                Prefix{"kernel command line", Part::command_line},
                                Prefix{"initrd", Part::initrd},
                                Prefix{"os-separator", Part::os_separator},
                                Prefix{"phase ", Part::phase},
                                Prefix{"variable SecureBoot", Part::secure_boot_state},
                                Prefix{"variable ", Part::secure_boot_key},
                                Prefix{"db entry that signed ", Part::authority}};
  for (const Prefix& prefix : prefixes) {
    if (what.starts_with(prefix.text))
      return {.part = prefix.part, .subject = std::string{what.substr(prefix.text.size())}};
  }
  return {};
}

Part part_of_type(std::uint32_t type) noexcept {
  switch (type) {
    case event_type::efi_variable_driver_config:
      return Part::secure_boot_key;
    case event_type::ipl:
    case event_type::event_tag:
      return Part::boot_configuration;
    case event_type::efi_boot_services_application:
      return Part::boot_loader;
    case event_type::efi_action:
    case event_type::action:
      return Part::boot_action;
    default:
      break;
  }
  for (const Part part : {Part::separator, Part::authority, Part::partition_table, Part::firmware, Part::machine,
                          Part::boot_options, Part::drivers}) {
    if (std::ranges::contains(event_types(part), type)) return part;
  }
  return type == userspace_event_type ? Part::identity : Part::unknown;
}

}  // namespace asterism::measured_boot::explain
