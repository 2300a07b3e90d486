// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <string_view>

namespace asterism {

/// Orders version strings as systemd-boot does when it picks the newest image.
/// @source UAPI Group, Version Format Specification.
/// @checked tests/interop/version_compare.sh against systemd-analyze compare-versions.
[[nodiscard]] std::strong_ordering compare_versions(std::string_view a, std::string_view b);

}  // namespace asterism
