// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace asterism::node_console {

/// `text` from outside as it may reach a console: printable ASCII, at most `limit` characters, "..." where it was cut.
[[nodiscard]] std::string shown(std::string_view text, std::size_t limit);

/// shown(), or "unknown" for an empty text.
[[nodiscard]] std::string shown_or_unknown(std::string_view text, std::size_t limit);

}  // namespace asterism::node_console
