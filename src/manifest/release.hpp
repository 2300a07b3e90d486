// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/json_decoder.hpp"
#include "common/timestamp.hpp"

namespace asterism::manifest {

/// How far a version may be trusted, as its publisher sees it.
enum class Lifecycle : std::uint8_t {
  candidate,   ///< being tried: only who asks for candidates gets it
  stable,      ///< to be used
  deprecated,  ///< still runs and joins, is not installed anew
  revoked,     ///< must not run
};

/// "candidate", "stable", "deprecated" or "revoked".
[[nodiscard]] std::string_view to_string(Lifecycle state) noexcept;

/// The reverse of to_string(). @errors `usage` for any other word.
[[nodiscard]] Result<Lifecycle> parse_lifecycle(std::string_view word);

/// What the publisher says about a build. It is the only part of a manifest that the build itself does not determine.
struct Release {
  Lifecycle state = Lifecycle::candidate;
  std::string floor;         ///< lowest version that may still run and join once this one is known
  Timestamp not_before;      ///< the statement does not hold earlier
  Timestamp not_after;       ///< nor later
  std::uint64_t serial = 1;  ///< of the statements about one version; the highest one holds

  friend bool operator==(const Release&, const Release&) = default;
};

/// The object `release` of a manifest.
[[nodiscard]] Json to_json(const Release& release);

/// The reverse of to_json().
/// @param version of the manifest; the floor may not be above it.
/// @errors as JsonObjectDecoder; `corrupt` for unknown states, times that are none or in the wrong order, serial 0 or a
///         floor above the version.
[[nodiscard]] Result<Release> decode_release(JsonObjectDecoder object, std::string_view version);

}  // namespace asterism::manifest
