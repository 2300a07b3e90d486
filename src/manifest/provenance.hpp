// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/json.hpp"
#include "manifest/manifest.hpp"

namespace asterism::manifest {

/// What a statement of provenance says that is not in the manifest.
struct ProvenanceRequest {
  std::string builder_id;                         ///< URI of who built
  std::string source_uri;                         ///< URI of the repository, without the commit
  std::string manifest_name;                      ///< file name of the manifest
  Digest manifest_sha256{HashAlgorithm::sha256};  ///< of the bytes that are published
};

/// An in-toto statement with SLSA provenance: subjects are all artefacts and the manifest itself, dependencies are the
/// commit and the inputs.
/// @errors `usage` for a URI that is empty or not printable ASCII.
/// @source in-toto Attestation Framework, Statement v1; SLSA Provenance v1.
/// @checked tests/interop/signing/provenance.py: cosign verify-blob-attestation --type=slsaprovenance1.
[[nodiscard]] Result<Json> provenance_statement(const Manifest& manifest, const ProvenanceRequest& request);

}  // namespace asterism::manifest
