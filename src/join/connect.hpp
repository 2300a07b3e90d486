// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "common/unique_fd.hpp"
#include "join/node_config.hpp"

namespace asterism::join {

/// A TCP connection to an endpoint: every address that its name has, in order, until the time is up.
/// @errors `unavailable` with the last address's reason.
[[nodiscard]] Result<UniqueFd> connect_to(const Endpoint& endpoint, std::chrono::milliseconds timeout);

/// A listening TCP socket. @errors `unavailable`, `conflict` if the port is taken.
[[nodiscard]] Result<UniqueFd> listen_on(const Endpoint& endpoint);

/// The next connection to a listening socket. @errors `unavailable` if there is none when the time is up.
[[nodiscard]] Result<UniqueFd> accept_from(const UniqueFd& listener, std::chrono::milliseconds timeout);

}  // namespace asterism::join
