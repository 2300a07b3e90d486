// SPDX-License-Identifier: Apache-2.0
#include "join/references.hpp"

#include <algorithm>
#include <filesystem>

#include "common/fs.hpp"

namespace asterism::join {
namespace {

constexpr std::size_t manifests_max = 256;

/// The name that a refused file gives itself, for messages about nodes that claim to run it.
std::string claimed_name(std::string_view text, const std::string& file) {
  const auto parsed = manifest::parse_manifest(text);
  return parsed ? printable(std::format("{} {}", parsed->name, parsed->version)) : file;
}

Result<std::vector<std::filesystem::path>> files_in(const std::string& folder, std::string_view end) {
  std::error_code failure;
  std::vector<std::filesystem::path> found;
  for (auto at = std::filesystem::directory_iterator{folder, failure};
       !failure && at != std::filesystem::directory_iterator{}; at.increment(failure)) {
    if (at->path().filename().string().ends_with(end)) found.push_back(at->path());
  }
  if (failure) return std::unexpected{Error::from_errno(failure.value(), std::format("reading '{}'", folder))};
  std::ranges::sort(found);
  return found;
}

}  // namespace

Result<std::vector<manifest::Signature>> signatures_beside(const std::string& manifest_path) {
  const std::filesystem::path path{manifest_path};
  ASTERISM_TRY(const auto files, files_in(path.parent_path().string(), ".sig"));
  std::vector<manifest::Signature> signatures;
  for (const auto& file : files) {
    if (!file.filename().string().starts_with(path.filename().string() + ".")) continue;
    ASTERISM_TRY(const auto text, read_text_file(file.string(), 4 * manifest::signature_file_bytes_max));
    ASTERISM_TRY(auto signature, manifest::parse_signature_file(text), "'{}'", file.string());
    signatures.push_back(std::move(signature));
  }
  return signatures;
}

Result<std::vector<attestation::ImageReference>> references_of(
    std::string_view text, std::span<const manifest::Signature> signatures, const manifest::TrustPolicy& trust,
    bool allow_candidates, const std::vector<attestation::ReferenceScope>& scopes, Timestamp now) {
  ASTERISM_TRY(const auto verified,
               manifest::verify(text, signatures, trust, {.now = now, .allow_candidate = allow_candidates}));
  std::vector<attestation::ImageReference> images;
  Result<attestation::ImageReference> last = fail(Errc::unsupported, "no state of a machine was named");
  for (const auto& scope : scopes) {
    last = attestation::image_reference(verified, scope);
    if (last) images.push_back(*last);
  }
  if (images.empty()) return std::unexpected{std::move(last).error()};
  return images;
}

Result<LoadedManifests> load_manifests(const ManifestPlace& place,
                                       const std::vector<attestation::ReferenceScope>& scopes, Timestamp now) {
  ASTERISM_TRY(const auto files, files_in(place.folder, ".json"));
  if (files.size() > manifests_max) {
    return fail(Errc::unsupported, "'{}' holds {} manifests (at most {})", place.folder, files.size(), manifests_max);
  }
  LoadedManifests loaded;
  for (const auto& file : files) {
    ASTERISM_TRY(const auto text, read_text_file(file.string(), manifest::manifest_bytes_max));
    ASTERISM_TRY(const auto signatures, signatures_beside(file.string()));
    auto images = references_of(text, signatures, place.trust, place.allow_candidates, scopes, now);
    if (images) {
      std::ranges::move(*images, std::back_inserter(loaded.images));
    } else {
      loaded.refused.insert_or_assign(claimed_name(text, file.filename().string()), images.error().message());
    }
  }
  return loaded;
}

}  // namespace asterism::join
