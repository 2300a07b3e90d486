// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "attestation/manifest_values.hpp"
#include "manifest/verify.hpp"

namespace asterism::join {

/// A folder of released manifests: what of it holds now, and why the rest does not.
struct LoadedManifests {
  std::vector<attestation::ImageReference> images;  ///< one for each manifest and state of a machine that it knows
  std::map<std::string, std::string, std::less<>>
      refused;  ///< "name version" as the file claims -> reason; for messages
};

/// How manifests are read.
struct ManifestPlace {
  std::string folder;
  const manifest::TrustPolicy& trust;
  bool allow_candidates = false;
};

/// Reads every <name>.json with the signatures <name>.json*.sig beside it. A manifest that does not hold is left out,
/// with the reason; only a folder that cannot be read is an error.
/// @errors `not_found`, `io`; `unsupported` for more than 256 manifests.
[[nodiscard]] Result<LoadedManifests> load_manifests(const ManifestPlace& place,
                                                     const std::vector<attestation::ReferenceScope>& scopes,
                                                     Timestamp now);

/// One signed manifest, whatever its version. @errors those of manifest::verify(); `unsupported` for no scope that
/// fits.
[[nodiscard]] Result<std::vector<attestation::ImageReference>> references_of(
    std::string_view text, std::span<const manifest::Signature> signatures, const manifest::TrustPolicy& trust,
    bool allow_candidates, const std::vector<attestation::ReferenceScope>& scopes, Timestamp now);

/// The signatures that lie beside a manifest. @errors `io`; `corrupt`.
[[nodiscard]] Result<std::vector<manifest::Signature>> signatures_beside(const std::string& manifest_path);

}  // namespace asterism::join
