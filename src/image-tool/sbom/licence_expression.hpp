// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace asterism::image_tool {

/// Gives the SPDX term for one licence, e.g. "GPL-2.0-or-later" or a LicenseRef- of one's own making.
/// @param licence   short name, e.g. "GPL-2+".
/// @param exception words between "with" and "exception"; empty without one.
using LicenceTerm = std::function<std::string(std::string_view licence, std::string_view exception)>;

/// Longest expression that is looked at, in words.
inline constexpr std::size_t expression_maximum_words = 256;

/// Turns the first line of a License field into an SPDX expression: "GPL-2+ or AFL-2.1, and Expat" becomes
/// "(GPL-2.0-or-later OR AFL-2.1) AND MIT". "and" binds tighter than "or"; a comma before either ends what it joins.
/// @returns none for what is no such expression, e.g. the start of a licence's text.
/// @source "Machine-readable debian/copyright file" 1.0, section 7.2.
[[nodiscard]] std::optional<std::string> spdx_expression(std::string_view line, const LicenceTerm& term);

}  // namespace asterism::image_tool
