// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace asterism::event_log {

/// Event types of a log. The field is a number and not an enumeration: a log may say anything there.
/// @source TCG PC Client Platform Firmware Profile 1.06, section 10.4.1, table "Events".
namespace event_type {
inline constexpr std::uint32_t preboot_cert = 0x0;
inline constexpr std::uint32_t post_code = 0x1;
inline constexpr std::uint32_t no_action = 0x3;
inline constexpr std::uint32_t separator = 0x4;
inline constexpr std::uint32_t action = 0x5;
inline constexpr std::uint32_t event_tag = 0x6;
inline constexpr std::uint32_t s_crtm_contents = 0x7;
inline constexpr std::uint32_t s_crtm_version = 0x8;
inline constexpr std::uint32_t cpu_microcode = 0x9;
inline constexpr std::uint32_t platform_config_flags = 0xa;
inline constexpr std::uint32_t table_of_devices = 0xb;
inline constexpr std::uint32_t compact_hash = 0xc;
inline constexpr std::uint32_t ipl = 0xd;
inline constexpr std::uint32_t ipl_partition_data = 0xe;
inline constexpr std::uint32_t nonhost_code = 0xf;
inline constexpr std::uint32_t nonhost_config = 0x10;
inline constexpr std::uint32_t nonhost_info = 0x11;
inline constexpr std::uint32_t omit_boot_device_events = 0x12;
inline constexpr std::uint32_t post_code2 = 0x13;
inline constexpr std::uint32_t efi_variable_driver_config = 0x8000'0001;
inline constexpr std::uint32_t efi_variable_boot = 0x8000'0002;
inline constexpr std::uint32_t efi_boot_services_application = 0x8000'0003;
inline constexpr std::uint32_t efi_boot_services_driver = 0x8000'0004;
inline constexpr std::uint32_t efi_runtime_services_driver = 0x8000'0005;
inline constexpr std::uint32_t efi_gpt_event = 0x8000'0006;
inline constexpr std::uint32_t efi_action = 0x8000'0007;
inline constexpr std::uint32_t efi_platform_firmware_blob = 0x8000'0008;
inline constexpr std::uint32_t efi_handoff_tables = 0x8000'0009;
inline constexpr std::uint32_t efi_platform_firmware_blob2 = 0x8000'000a;
inline constexpr std::uint32_t efi_handoff_tables2 = 0x8000'000b;
inline constexpr std::uint32_t efi_variable_boot2 = 0x8000'000c;
inline constexpr std::uint32_t efi_gpt_event2 = 0x8000'000d;
inline constexpr std::uint32_t efi_hcrtm_event = 0x8000'0010;
inline constexpr std::uint32_t efi_variable_authority = 0x8000'00e0;
inline constexpr std::uint32_t efi_spdm_firmware_blob = 0x8000'00e1;
inline constexpr std::uint32_t efi_spdm_firmware_config = 0x8000'00e2;
inline constexpr std::uint32_t efi_spdm_device_policy = 0x8000'00e3;
inline constexpr std::uint32_t efi_spdm_device_authority = 0x8000'00e4;
}  // namespace event_type

/// "EV_SEPARATOR"; for numbers that the specification does not name "0x80000123".
[[nodiscard]] std::string event_type_name(std::uint32_t type);

/// Whether the specification names the type.
[[nodiscard]] bool is_known_event_type(std::uint32_t type) noexcept;

}  // namespace asterism::event_log
