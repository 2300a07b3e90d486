// SPDX-License-Identifier: Apache-2.0
#include "manifest/artefact.hpp"

#include "manifest/decode.hpp"

namespace asterism::manifest {

Json to_json(const ArtefactRecord& artefact) {
  return Json::Object{{"name", artefact.name}, {"size", artefact.size_bytes}, {"sha256", artefact.sha256.hex()}};
}

Json to_json(const std::vector<ArtefactRecord>& artefacts) {
  Json::Array array;
  for (const ArtefactRecord& artefact : artefacts)
    array.push_back(to_json(artefact));
  return array;
}

Result<ArtefactRecord> decode_artefact(JsonObjectDecoder object) {
  ArtefactRecord artefact;
  ASTERISM_TRY(artefact.name, decode_name(object, "name"));
  ASTERISM_TRY(artefact.size_bytes, object.unsigned_integer("size"));
  ASTERISM_TRY(artefact.sha256, decode_digest(object, "sha256", HashAlgorithm::sha256));
  ASTERISM_CHECK(object.finish());
  return artefact;
}

}  // namespace asterism::manifest
