// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/error.hpp"

namespace asterism::disk_mapper {

/// One target over the whole of a device; sizes in sectors of 512 bytes, as the kernel counts.
struct DmTable {
  std::uint64_t sectors = 0;
  std::string type;        ///< "linear", "integrity", "crypt"
  std::string parameters;  ///< the target's own, without the first three fields

  friend bool operator==(const DmTable&, const DmTable&) = default;
};

/// Makes a device; waits until udev has made its node. @errors `conflict` where the name is taken; `io`.
[[nodiscard]] Result<> dm_create(const std::string& name, const DmTable& table);

/// Replaces the table of a device that may be in use. Reads and writes wait meanwhile; a mounted file system is not
/// frozen, since every block that it knows stays where it was. @errors `not_found`; `io`.
[[nodiscard]] Result<> dm_replace(const std::string& name, const DmTable& table);

/// Removes a device; fine where there is none. @errors `conflict` where it is in use; `io`.
[[nodiscard]] Result<> dm_remove(const std::string& name);

/// The active table, without keys; nothing where there is no such device.
/// @errors `io`; `unsupported` for a device of several targets.
[[nodiscard]] Result<std::optional<DmTable>> dm_table(const std::string& name);

/// "/dev/mapper/<name>".
[[nodiscard]] std::string dm_path(const std::string& name);

}  // namespace asterism::disk_mapper
