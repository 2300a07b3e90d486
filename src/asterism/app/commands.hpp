// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "common/error.hpp"

namespace CLI {
class App;
}

namespace asterism::cli {

/// What a verb does once the command line is parsed.
using Command = std::function<Result<>()>;

/// Adds `verify-evidence` to the program.
[[nodiscard]] Command add_verify_evidence(CLI::App& app);

/// Adds `recover` to the program.
[[nodiscard]] Command add_recover(CLI::App& app);

/// Adds `verify` to the program.
[[nodiscard]] Command add_verify(CLI::App& app);

}  // namespace asterism::cli
