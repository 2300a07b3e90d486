// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/error.hpp"

namespace asterism::join {

/// A cloud that hands user data to its machines.
enum class Platform : std::uint8_t { aws, azure, gcp, openstack };

/// "aws", "azure", "gcp" or "openstack".
[[nodiscard]] std::string_view to_string(Platform platform) noexcept;

/// The reverse of to_string(). @errors `corrupt` for any other text.
[[nodiscard]] Result<Platform> parse_platform(std::string_view text);

/// The cloud that SMBIOS names, or nullopt. It is the host's word, as user data is: a lie only changes who is asked.
/// @param dmi folder of the kernel's strings, /sys/class/dmi/id; what is not there names nothing.
[[nodiscard]] std::optional<Platform> platform_of(const std::string& dmi);

}  // namespace asterism::join
