// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"

namespace asterism::disk_mapper {

/// Where the node's key is kept.
enum class ProviderKind : std::uint8_t { tpm2, file };

/// Whether a new disk gets a recovery key, and where it is shown, once. The console is the host's to read.
enum class NewRecoveryKey : std::uint8_t { none, console, file };

/// /usr/lib/asterism/disk-mapper.json: part of the image, and measured with it.
struct Config {
  /// Labels of GPT partitions, or "serial:<text>" for a whole disk with that serial number. The first that is there is
  /// the state disk.
  std::vector<std::string> devices;
  std::string mount_point;
  ProviderKind provider = ProviderKind::tpm2;
  std::string key_file;  ///< of provider `file`
  NewRecoveryKey new_recovery_key = NewRecoveryKey::none;
  std::uint64_t initial_bytes = 0;
  std::uint64_t step_bytes = 0;  ///< what the background service initialises at a time
  unsigned share_percent = 0;    ///< of the time that it may spend writing while others use the disk
};

/// Reads it strictly.
/// @param variant VARIANT_ID of os-release: provider `file` is for "debug" only.
/// @errors `corrupt` as parse_json() and for missing fields; `unverified` for unknown ones, values out of bounds, and
///         provider `file` in any image but a debug image.
[[nodiscard]] Result<Config> parse_config(std::string_view json, std::string_view variant);

}  // namespace asterism::disk_mapper
