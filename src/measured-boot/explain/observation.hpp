// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "event-log/facts.hpp"
#include "measured-boot/explain/parts.hpp"
#include "measured-boot/log_files.hpp"

namespace asterism::measured_boot::explain {

// Actions of the firmware. @source TCG PC Client Platform Firmware Profile 1.06, section 10.4.4.
inline constexpr std::string_view calling_action = "Calling EFI Application from Boot Option";
inline constexpr std::string_view returning_action = "Returning from EFI Application from Boot Option";
inline constexpr std::string_view exit_called_action = "Exit Boot Services Invocation";
inline constexpr std::string_view exit_done_action = "Exit Boot Services Returned with Success";

// Tags of systemd and Linux. @source systemd src/boot/measure.h; Linux drivers/firmware/efi/libstub/efistub.h.
inline constexpr std::uint32_t tag_load_options = 0x8f3b'22ed;
inline constexpr std::uint32_t tag_initrd = 0x8f3b'22ec;
inline constexpr std::uint32_t tag_loader_conf = 0xf5bc'582a;
inline constexpr std::uint32_t tag_profile = 0x13ae'd6db;
inline constexpr std::uint32_t tag_devicetree_addon = 0x6c46'f751;
inline constexpr std::uint32_t tag_ucode_addon = 0xdac0'8e1a;
inline constexpr std::uint32_t tag_initrd_addon = 0x49df'fe0f;

/// An event that a log says was measured, in one bank. Only register and digest can be true; the rest are claims.
struct ObservedEvent {
  std::size_t number = 0;  ///< in its log
  std::uint64_t offset = 0;
  bool userspace = false;  ///< from systemd's log
  std::uint32_t register_number = 0;
  std::uint32_t type = 0;  ///< userspace_event_type for systemd's
  std::string type_name;   ///< "EV_IPL", "systemd phase"
  std::string text;        ///< printable
  Digest digest{HashAlgorithm::sha256};
  Bytes data = {};
  event_log::Facts facts = {};
};

/// The events that extended a register, in order, firmware before userspace.
/// @param logs must outlive the result.
/// @errors `unverified` if a log has no digests of that bank.
[[nodiscard]] Result<std::vector<ObservedEvent>> observe(const BootLogs& logs, HashAlgorithm bank);

/// What the event claims to be of: by its type, the name of its variable, or its tag.
[[nodiscard]] Part part_of(const ObservedEvent& event);

/// The name in what part_of() says: of the variable or section; empty where there is none.
[[nodiscard]] std::string subject_of(const ObservedEvent& event);

/// Whether the digest is that of these bytes, whatever the event claims. @errors `internal` from OpenSSL.
[[nodiscard]] Result<bool> is_digest_of(const ObservedEvent& event, Bytes content);

}  // namespace asterism::measured_boot::explain
