// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/digest.hpp"
#include "common/json_decoder.hpp"

namespace asterism::manifest {

/// A file that the build made.
struct ArtefactRecord {
  std::string name;
  std::uint64_t size_bytes = 0;
  Digest sha256{HashAlgorithm::sha256};
  friend bool operator==(const ArtefactRecord&, const ArtefactRecord&) = default;
};

/// {"name":…,"size":…,"sha256":…}.
[[nodiscard]] Json to_json(const ArtefactRecord& artefact);

/// to_json() of each, in their order.
[[nodiscard]] Json to_json(const std::vector<ArtefactRecord>& artefacts);

/// The reverse of to_json(). @errors `corrupt`; `unverified` for unknown keys.
[[nodiscard]] Result<ArtefactRecord> decode_artefact(JsonObjectDecoder object);

}  // namespace asterism::manifest
