// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace asterism::image_tool {

/// What a package's copyright file says about licences.
struct CopyrightFile {
  /// True for the machine-readable format; else the other members are empty.
  bool is_machine_readable = false;
  /// First lines of the License fields of the header and of all Files paragraphs: "GPL-2+ or Artistic".
  std::set<std::string> licences;
  /// First line of a License field -> the text below it, where there is one.
  std::map<std::string, std::string> texts;
};

/// Limits of parse_copyright_file().
inline constexpr std::size_t copyright_maximum_paragraphs = 20'000;
inline constexpr std::size_t copyright_maximum_licences = 1'000;

/// Reads debian/copyright in whatever form it is; what is not machine-readable, or passes a limit, counts as prose.
/// @source "Machine-readable debian/copyright file" 1.0; the field syntax is that of Debian Policy 5.1.
/// @checked tests/unit/image-tool/copyright_file_test.cpp, hostile input included.
[[nodiscard]] CopyrightFile parse_copyright_file(std::string_view text);

}  // namespace asterism::image_tool
