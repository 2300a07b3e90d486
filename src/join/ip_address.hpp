// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace asterism::join {

/// Whether the text is an IPv4 address of four decimal numbers or an IPv6 address, without zone. @source inet_pton(3).
[[nodiscard]] bool is_ip_address(const std::string& text);

}  // namespace asterism::join
