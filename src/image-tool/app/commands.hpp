// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "common/error.hpp"

namespace CLI {
class App;
}

namespace asterism::image_tool {

/// What a command does once the command line is parsed.
using Command = std::function<Result<>()>;

/// Each adds one or more commands to `app`; the chosen one sets `command`.
void add_container_commands(CLI::App& app, Command& command);
void add_sbom_command(CLI::App& app, Command& command);
void add_diff_command(CLI::App& app, Command& command);

}  // namespace asterism::image_tool
