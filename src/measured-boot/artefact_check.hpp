// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "manifest/verify.hpp"

namespace asterism::measured_boot {

/// Checks that a folder holds every artefact of a manifest, byte for byte. Other files in it do not count.
/// @errors `not_found` for one that is missing; `unverified` naming the first that has another size or digest; `io`.
[[nodiscard]] Result<> check_artefacts(const manifest::Verified<manifest::Manifest>& verified,
                                       const std::string& directory);

}  // namespace asterism::measured_boot
