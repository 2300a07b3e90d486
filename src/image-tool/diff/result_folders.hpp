// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "common/error.hpp"
#include "image-tool/diff/findings.hpp"

namespace asterism::image_tool {

/// How many files of two folders were compared, and how many differ or are in one only.
struct FolderComparison {
  std::size_t files = 0;
  std::size_t differing = 0;
};

/// Compares every file below two folders bit for bit and adds to `findings` what differs, going inside (inspect()).
/// A symbolic link is compared by where it leads. Times, owners and modes of the files themselves do not count.
/// @param scratch an existing folder for what has to be unpacked; some gigabytes if root file systems differ.
/// @errors `not_found`, `io`; `usage` if either is no folder.
[[nodiscard]] Result<FolderComparison> compare_folders(const std::string& a, const std::string& b,
                                                       const std::string& scratch, Findings& findings);

}  // namespace asterism::image_tool
