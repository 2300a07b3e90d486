// SPDX-License-Identifier: Apache-2.0
#include "event-log/event_type.hpp"

#include <algorithm>
#include <array>
#include <format>
#include <string_view>
#include <utility>

namespace asterism::event_log {
namespace {

using Name = std::pair<std::uint32_t, std::string_view>;

constexpr std::array names{
    Name{event_type::preboot_cert, "EV_PREBOOT_CERT"},
    Name{event_type::post_code, "EV_POST_CODE"},
    Name{event_type::no_action, "EV_NO_ACTION"},
    Name{event_type::separator, "EV_SEPARATOR"},
    Name{event_type::action, "EV_ACTION"},
    Name{event_type::event_tag, "EV_EVENT_TAG"},
    Name{event_type::s_crtm_contents, "EV_S_CRTM_CONTENTS"},
    Name{event_type::s_crtm_version, "EV_S_CRTM_VERSION"},
    Name{event_type::cpu_microcode, "EV_CPU_MICROCODE"},
    Name{event_type::platform_config_flags, "EV_PLATFORM_CONFIG_FLAGS"},
    Name{event_type::table_of_devices, "EV_TABLE_OF_DEVICES"},
    Name{event_type::compact_hash, "EV_COMPACT_HASH"},
    Name{event_type::ipl, "EV_IPL"},
    Name{event_type::ipl_partition_data, "EV_IPL_PARTITION_DATA"},
    Name{event_type::nonhost_code, "EV_NONHOST_CODE"},
    Name{event_type::nonhost_config, "EV_NONHOST_CONFIG"},
    Name{event_type::nonhost_info, "EV_NONHOST_INFO"},
    Name{event_type::omit_boot_device_events, "EV_OMIT_BOOT_DEVICE_EVENTS"},
    Name{event_type::post_code2, "EV_POST_CODE2"},
    Name{event_type::efi_variable_driver_config, "EV_EFI_VARIABLE_DRIVER_CONFIG"},
    Name{event_type::efi_variable_boot, "EV_EFI_VARIABLE_BOOT"},
    Name{event_type::efi_boot_services_application, "EV_EFI_BOOT_SERVICES_APPLICATION"},
    Name{event_type::efi_boot_services_driver, "EV_EFI_BOOT_SERVICES_DRIVER"},
    Name{event_type::efi_runtime_services_driver, "EV_EFI_RUNTIME_SERVICES_DRIVER"},
    Name{event_type::efi_gpt_event, "EV_EFI_GPT_EVENT"},
    Name{event_type::efi_action, "EV_EFI_ACTION"},
    Name{event_type::efi_platform_firmware_blob, "EV_EFI_PLATFORM_FIRMWARE_BLOB"},
    Name{event_type::efi_handoff_tables, "EV_EFI_HANDOFF_TABLES"},
    Name{event_type::efi_platform_firmware_blob2, "EV_EFI_PLATFORM_FIRMWARE_BLOB2"},
    Name{event_type::efi_handoff_tables2, "EV_EFI_HANDOFF_TABLES2"},
    Name{event_type::efi_variable_boot2, "EV_EFI_VARIABLE_BOOT2"},
    Name{event_type::efi_gpt_event2, "EV_EFI_GPT_EVENT2"},
    Name{event_type::efi_hcrtm_event, "EV_EFI_HCRTM_EVENT"},
    Name{event_type::efi_variable_authority, "EV_EFI_VARIABLE_AUTHORITY"},
    Name{event_type::efi_spdm_firmware_blob, "EV_EFI_SPDM_FIRMWARE_BLOB"},
    Name{event_type::efi_spdm_firmware_config, "EV_EFI_SPDM_FIRMWARE_CONFIG"},
    Name{event_type::efi_spdm_device_policy, "EV_EFI_SPDM_DEVICE_POLICY"},
    Name{event_type::efi_spdm_device_authority, "EV_EFI_SPDM_DEVICE_AUTHORITY"},
};

}  // namespace

std::string event_type_name(std::uint32_t type) {
  const auto* const found = std::ranges::find(names, type, &Name::first);
  return found == names.end() ? std::format("{:#x}", type) : std::string{found->second};
}

bool is_known_event_type(std::uint32_t type) noexcept {
  return std::ranges::contains(names, type, &Name::first);
}

}  // namespace asterism::event_log
