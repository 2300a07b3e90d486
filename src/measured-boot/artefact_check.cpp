// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/artefact_check.hpp"

#include "common/fs.hpp"

namespace asterism::measured_boot {

Result<> check_artefacts(const manifest::Verified<manifest::Manifest>& verified, const std::string& directory) {
  for (const manifest::ArtefactRecord& artefact : verified->artefacts) {
    Hasher hasher{HashAlgorithm::sha256};
    std::uint64_t size_bytes = 0;
    ASTERISM_CHECK(for_each_chunk(std::format("{}/{}", directory, artefact.name), [&](Bytes chunk) {
      hasher.update(chunk);
      size_bytes += chunk.size();
    }));
    ASTERISM_TRY(const auto digest, hasher.finish());
    if (size_bytes != artefact.size_bytes || digest != artefact.sha256) {
      return fail(Errc::unverified, "'{}' in '{}' is not the file that the manifest names", artefact.name,
                  printable(directory));
    }
  }
  return {};
}

}  // namespace asterism::measured_boot
