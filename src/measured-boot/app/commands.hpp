// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "common/error.hpp"

namespace CLI {
class App;
}

namespace asterism::measured_boot {

/// What a verb does once the command line is parsed.
using Command = std::function<Result<>()>;

/// Adds `predict` to the program.
[[nodiscard]] Command add_predict(CLI::App& app);

/// Adds `manifest` to the program.
[[nodiscard]] Command add_manifest(CLI::App& app);

/// Adds `replay` to the program.
[[nodiscard]] Command add_replay(CLI::App& app);

/// Adds `explain` to the program.
[[nodiscard]] Command add_explain(CLI::App& app);

/// Adds `check-manifest` to the program.
[[nodiscard]] Command add_check_manifest(CLI::App& app);

}  // namespace asterism::measured_boot
