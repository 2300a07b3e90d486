// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace asterism::image_tool {

/// Valid UTF-8 without control characters but tab and newline: what is neither becomes U+FFFD. Stops at
/// `maximum_bytes`, never within a character.
[[nodiscard]] std::string clean_utf8(std::string_view text, std::size_t maximum_bytes);

}  // namespace asterism::image_tool
