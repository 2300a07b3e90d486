// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace asterism {

/// What programs take from os-release(5); a field that the file does not give is empty.
struct OsRelease {
  std::string name;        ///< NAME, e.g. "Asterism"
  std::string version;     ///< IMAGE_VERSION, else VERSION_ID
  std::string variant;     ///< VARIANT_ID: the profile of the image, "release" or "debug"
  std::string image = {};  ///< IMAGE_ID, e.g. "asterism"
};

/// Never fails: lines that are no assignment are skipped, the last assignment of a key wins, as in a shell.
[[nodiscard]] OsRelease parse_os_release(std::string_view text);

}  // namespace asterism
