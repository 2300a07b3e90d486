// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "common/error.hpp"

namespace asterism::image_tool {

/// A licence that SPDX's list does not have.
struct OwnLicence {
  std::string name;
  std::string text;
};

/// What a package declares.
struct DeclaredLicence {
  std::string expression;                 ///< SPDX; empty if nothing is known
  std::map<std::string, OwnLicence> own;  ///< by LicenseRef-, every one that the expression names and no other
};

/// Of a licence's text, as much as this is kept.
inline constexpr std::size_t licence_text_maximum_bytes = std::size_t{8} << 10;

/// Turns a copyright file into one SPDX expression: all licences of the package's files, joined by AND and sorted.
/// Names that SPDX does not have become LicenseRef-<name>-<hash of the text>; prose becomes one LicenseRef- as a whole.
/// @param copyright as UTF-8; empty gives an empty expression.
/// @errors `internal` if hashing fails.
[[nodiscard]] Result<DeclaredLicence> declared_licence(std::string_view copyright);

}  // namespace asterism::image_tool
