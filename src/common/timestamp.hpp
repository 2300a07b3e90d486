// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "common/error.hpp"

namespace asterism {

/// A moment in UTC, to the second.
using Timestamp = std::chrono::sys_seconds;

/// "2027-01-31T23:59:59Z": RFC 3339 in UTC, without fractions of a second.
[[nodiscard]] std::string format_timestamp(Timestamp time);

/// The reverse of format_timestamp(): exactly this form, years 1970 to 9999.
/// @errors `corrupt` for any other form (other zones, small letters, leap seconds) and days that do not exist.
[[nodiscard]] Result<Timestamp> parse_timestamp(std::string_view text);

/// The present by the system's clock.
[[nodiscard]] Timestamp current_time();

}  // namespace asterism
