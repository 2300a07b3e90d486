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

/// Adds `release` to the program.
[[nodiscard]] Command add_release(CLI::App& app);

/// Adds `sign` to the program.
[[nodiscard]] Command add_sign(CLI::App& app);

/// Adds `sign-policy` to the program.
[[nodiscard]] Command add_sign_policy(CLI::App& app);

/// Adds `trust-policy` to the program.
[[nodiscard]] Command add_trust_policy(CLI::App& app);

/// Adds `public-key` to the program.
[[nodiscard]] Command add_public_key(CLI::App& app);

/// Adds `verify-manifest` to the program.
[[nodiscard]] Command add_verify_manifest(CLI::App& app);

/// Adds `verify-index` to the program.
[[nodiscard]] Command add_verify_index(CLI::App& app);

/// Adds `provenance` to the program.
[[nodiscard]] Command add_provenance(CLI::App& app);

/// Adds `index` to the program.
[[nodiscard]] Command add_index(CLI::App& app);

/// Adds `export` to the program.
[[nodiscard]] Command add_export(CLI::App& app);

}  // namespace asterism::measured_boot
