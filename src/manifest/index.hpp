// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/digest.hpp"
#include "common/json.hpp"
#include "manifest/manifest.hpp"

namespace asterism::manifest {

/// A version that was published. Its artefacts lie in versions/<version>/<first 16 digits of build>/ under their names,
/// the manifest with all that is said about it in versions/<version>/<folder>/.
struct PublishedVersion {
  std::string name;                        ///< the version
  Lifecycle state = Lifecycle::stable;     ///< as its manifest says
  std::uint64_t serial = 1;                ///< as its manifest says
  Digest build{HashAlgorithm::sha256};     ///< build_digest() of the manifest: what may never change
  std::string folder;                      ///< of the files below; another one for each statement
  ArtefactRecord manifest;                 ///< the released manifest
  std::vector<ArtefactRecord> signatures;  ///< of the manifest, detached; by name
  std::vector<ArtefactRecord> documents;   ///< statements about it, such as provenance; by name

  friend bool operator==(const PublishedVersion&, const PublishedVersion&) = default;
};

/// What a place of publication holds. It is the only file there that is ever replaced; its signature is around it
/// (DSSE), so that both are replaced at once. The file of a channel is the same document with only that channel in it.
struct Index {
  static constexpr std::uint64_t schema_version = 1;
  static constexpr std::string_view payload_type = "application/vnd.asterism.index+json";

  std::string name;            ///< of the image
  std::uint64_t sequence = 1;  ///< grows with each publication; a reader refuses to go back
  Timestamp not_after;         ///< who reads it later asks for a newer one
  std::map<std::string, std::string, std::less<>> channels;  ///< name -> version
  std::vector<PublishedVersion> versions;                    ///< by name

  friend bool operator==(const Index&, const Index&) = default;
};

/// SHA-256 of the manifest's text without `release`: the same for every statement about one build.
/// @errors `internal` from OpenSSL.
[[nodiscard]] Result<Digest> build_digest(const Manifest& manifest);

/// The JSON of an index. Schema: image-manifests/schemas/index.schema.json.
[[nodiscard]] Json to_json(const Index& index);

/// Reads an index: what to_json() writes and nothing else.
/// @errors as parse_manifest(); `corrupt` for sequence 0, a channel whose version is not listed or is revoked.
[[nodiscard]] Result<Index> parse_index(std::string_view text);

/// What one publication changes.
struct IndexChange {
  PublishedVersion version;
  std::vector<std::string> channels;  ///< that lead to the version from now on
  bool allow_older = false;           ///< a channel may go back to a lower version
};

/// The index with one version added, or with a newer statement about it. The sequence grows by one.
/// @errors `conflict` if the version was published with another build, with a higher serial, or with the same serial
/// and
///         another manifest; if a channel would go back without allow_older, or would lead to a revoked version.
[[nodiscard]] Result<Index> next_index(Index index, const IndexChange& change, Timestamp not_after);

/// The document of one channel: the same sequence and expiry, one version. @errors `not_found`.
[[nodiscard]] Result<Index> channel_index(const Index& index, std::string_view channel);

}  // namespace asterism::manifest
