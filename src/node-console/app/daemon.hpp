// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/error.hpp"

namespace asterism::node_console {

/// Runs until SIGTERM or SIGINT: tells the service manager READY at once, then prints what Monitor decides.
///
/// @param root the root folder, "/" in all but tests.
/// @errors `internal` if the event loop fails; a missing bus is no error, the daemon keeps trying.
[[nodiscard]] Result<> run_daemon(int root);

}  // namespace asterism::node_console
