// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes.hpp"
#include "common/error.hpp"

namespace asterism {

/// Base64 with the standard alphabet and padding, in one line. @source RFC 4648 section 4.
[[nodiscard]] std::string to_base64(Bytes bytes);

/// The reverse of to_base64(): exactly what it writes and nothing else, so that one value has one text.
/// @errors `corrupt` for any other character (white space too), missing padding, or bits set that no byte needs.
[[nodiscard]] Result<std::vector<std::byte>> from_base64(std::string_view text);

}  // namespace asterism
