// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"

namespace asterism::image_tool {

/// One package that mkosi installed.
struct InstalledPackage {
  std::string name;
  std::string version;
  std::string architecture;
};

/// What mkosi's manifest says about a tree.
struct PackageList {
  std::string distribution;  ///< "debian"
  std::string release;       ///< "trixie"
  std::vector<InstalledPackage> packages;
};

/// Reads mkosi's manifest (ManifestFormat=json).
/// @errors `corrupt` for malformed JSON, a missing field, or a package that stands twice; `unsupported` for another
///         version of the format or packages that are not .deb.
/// @source mkosi 27, mkosi/manifest.py.
[[nodiscard]] Result<PackageList> parse_package_list(std::string_view text);

}  // namespace asterism::image_tool
