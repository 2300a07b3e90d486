// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"

namespace asterism::image_tool {

/// Where a program of ours goes.
enum class Component : std::uint8_t { root, initrd, host };

/// "root", "initrd" or "host": the folder below the programs' folder.
[[nodiscard]] std::string_view to_string(Component component) noexcept;

/// One executable file of ours.
struct Program {
  Component component = Component::root;
  std::string path;  ///< below the component, e.g. "usr/bin/image-tool"
  std::string sha256;
};

/// More files than that are no installation of ours.
inline constexpr std::size_t programs_maximum = 4096;

/// Every executable regular file below root/, initrd/ and host/, sorted by component and path. A component that is
/// absent has none. @errors `not_found` if the folder itself is absent; `io`; `unsupported` past the limit.
[[nodiscard]] Result<std::vector<Program>> find_programs(const std::string& folder);

/// @returns 64 hexadecimal digits. @errors as MappedFile::open().
[[nodiscard]] Result<std::string> file_sha256(const std::string& path);

}  // namespace asterism::image_tool
