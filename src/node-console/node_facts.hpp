// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/os_release.hpp"

namespace asterism::node_console {

/// What the firmware says of Secure Boot.
enum class SecureBoot : std::uint8_t {
  on,
  off,
  no_efi,   ///< the machine was not started by EFI firmware
  unknown,  ///< the variable cannot be read
};

/// PCRs that the banner shows; a PCR's meaning is given by the UAPI Group's TPM2 PCR registry.
inline constexpr std::array<unsigned, 7> shown_pcrs{4, 7, 9, 11, 12, 13, 15};

/// What identifies the node and what it booted; a source that is missing leaves its field empty.
struct NodeFacts {
  OsRelease os;
  std::optional<std::string> root_hash;  ///< 64 lower-case hexadecimal digits
  SecureBoot secure_boot = SecureBoot::unknown;
  bool has_tpm = false;
  std::map<unsigned, std::string> pcrs;  ///< SHA-256 bank, by index, 64 lower-case hexadecimal digits
  std::string host_name;
  std::vector<std::string> addresses;
};

/// The dm-verity root hash on a kernel command line: the last `roothash=` word, as systemd reads it.
/// @returns nothing unless that is 64 hexadecimal digits.
[[nodiscard]] std::optional<std::string> root_hash_of(std::string_view command_line);

/// Reads all facts but the addresses from /proc, /sys and /usr below the folder `root`. Never fails.
[[nodiscard]] NodeFacts read_node_facts(int root);

/// The global addresses of the machine's own network cards, at most eight; virtual interfaces (those without a device
/// in /sys/class/net below `root`) are left out.
[[nodiscard]] std::vector<std::string> read_addresses(int root);

}  // namespace asterism::node_console
