// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"

namespace asterism::join {

/// Where the document lies on the EFI system partition.
inline constexpr const char* document_on_esp = "asterism/node.json";

/// The document below an open folder, or nullopt where there is none. It is not read, only copied: that it is measured
/// before anybody looks into it is join-agent's business.
/// @errors `corrupt` for more than 64 KiB, or something that is no file; `io`.
[[nodiscard]] Result<std::optional<std::vector<std::byte>>> read_document(int folder);

/// resolv.conf for the servers that networkd got from DHCP ("DNS=" in its state file); empty where there are none.
/// What is no address is left out.
/// @source systemd 257, src/network/networkd-state-file.c.
[[nodiscard]] std::string resolver_configuration(std::string_view netif_state);

}  // namespace asterism::join
