// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"

namespace asterism::measured_boot {

/// A UKI below EFI/Linux as systemd-boot sees it.
struct BootEntry {
  std::string file_name;  ///< as on the ESP
  std::string id;         ///< lower case, without boot counter
  std::optional<std::uint32_t> tries_left;
  std::uint32_t tries_done = 0;
  std::string sort_key;
  std::string version;
};

/// Reads what orders the entry: the boot counter in the name ("name+3.efi", "name+2-1.efi") and the os-release text.
/// @returns nothing where systemd-boot would not list the file: no ".efi", hidden, "auto-", or no name in os-release.
/// @source systemd src/boot/boot.c, boot_entry_parse_tries(), boot_entry_add_type2(); UAPI Boot Loader Specification.
[[nodiscard]] std::optional<BootEntry> make_boot_entry(std::string_view file_name, std::string_view os_release);

/// The entry that systemd-boot starts when nothing is chosen by hand or by EFI variables.
/// @param default_pattern the value of "default" in loader.conf, or empty.
/// @errors `not_found` for no entries; `conflict` if the first two are ordered alike.
[[nodiscard]] Result<BootEntry> choose_boot_entry(std::vector<BootEntry> entries, std::string_view default_pattern);

/// The value of a key in loader.conf ("key value"); the last one counts. Empty if absent.
[[nodiscard]] std::string loader_conf_value(std::string_view text, std::string_view key);

}  // namespace asterism::measured_boot
