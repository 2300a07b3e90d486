// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "join/node_config.hpp"
#include "join/platform.hpp"

namespace asterism::join {

/// Where and how patiently a platform is asked. Only tests have other values.
struct UserDataAccess {
  Endpoint service{.host = "169.254.169.254", .port = "80"};
  std::chrono::milliseconds connect{5'000};  ///< until a connection stands
  std::chrono::milliseconds each{10'000};    ///< for one try, all of its requests together
  std::chrono::milliseconds all{60'000};     ///< after this no other try begins
  std::chrono::milliseconds first_pause{1'000};
  std::chrono::milliseconds pause_max{8'000};
  std::function<void(const std::string&)> tell;  ///< a line for the console
};

/// The document that the platform's user data holds, or nullopt where there is none: the platform says so, or what it
/// has is for somebody else. It is not read beyond its first character: that it is measured before anybody acts on it
/// is join-agent's business.
///
/// Tries again after anything that time may mend, with pauses that double; redirects are not followed.
/// @errors `unavailable` with the last try's reason once the time is up; `unsupported` for more than 64 KiB; `corrupt`
///         for what Azure hands out if it is no Base64.
/// @source see user_data.cpp for each platform.
[[nodiscard]] Result<std::optional<std::vector<std::byte>>> ask_for_document(Platform platform,
                                                                             const UserDataAccess& access);

}  // namespace asterism::join
