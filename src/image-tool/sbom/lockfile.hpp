// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"

namespace asterism::image_tool {

/// One input of the build, as mkosi/packages.lock pins it.
struct LockedInput {
  enum class Kind : std::uint8_t { deb, source };

  Kind kind = Kind::deb;
  std::vector<std::string> sets;  ///< of "tools", "initrd", "image", "self"
  std::string name;
  std::string version;
  std::string architecture;  ///< "-" for a source
  std::uint64_t size_bytes = 0;
  std::string sha256;   ///< 64 hexadecimal digits
  std::string archive;  ///< "debian" or "debian-security"
  std::string path;     ///< below the archive: "pool/..."

  [[nodiscard]] bool is_in(std::string_view set) const;
  /// The last part of the path.
  [[nodiscard]] std::string_view file_name() const;
};

/// Largest lock that is read.
inline constexpr std::uint64_t lock_maximum_bytes = std::uint64_t{8} << 20;

/// The inputs in the order of their lines. Columns: scripts/lockfile.py.
/// @errors `corrupt` naming the line for anything that does not have exactly that form, or a path that is listed twice.
[[nodiscard]] Result<std::vector<LockedInput>> parse_lock(std::string_view text);

/// Where the content-addressed store keeps an input: <store>/<first two digits>/<sha256>.
[[nodiscard]] std::string path_in_store(const std::string& store, const LockedInput& input);

}  // namespace asterism::image_tool
