// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace asterism::node_console {

/// Names in /sys/class/tty/console/active, e.g. "tty0 ttyS0": at most eight, without anything that is no device name.
[[nodiscard]] std::vector<std::string> console_names(std::string_view active);

/// Writes `text` to standard output and to each active console that can be opened and is not standard output itself.
///
/// Consoles are opened for this one text, never for reading, and never become the controlling terminal. One that takes
/// nothing for `patience` loses the rest of the text: a stopped terminal must not stop the program.
/// @param root folder that holds dev/ and sys/.
void write_to_consoles(int root, std::string_view text,
                       std::chrono::milliseconds patience = std::chrono::milliseconds{2000});

}  // namespace asterism::node_console
