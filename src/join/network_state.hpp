// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace asterism::join {

/// What networkd says in its state file, /run/systemd/netif/state.
/// @source systemd 257, src/network/networkd-state-file.c; networkctl(1) for the states.

/// Whether some link has an address with which others can be reached ("OPER_STATE=routable").
[[nodiscard]] bool is_routable(std::string_view netif_state);

/// resolv.conf for the servers that networkd got from DHCP ("DNS="); empty where there are none. What is no address is
/// left out.
[[nodiscard]] std::string resolver_configuration(std::string_view netif_state);

}  // namespace asterism::join
