// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>

#include "disk-mapper/key_provider.hpp"
#include "tpm/state_key.hpp"

namespace asterism::disk_mapper {

/// What join-agent left: the key that the cluster derives for one UUID.
struct JoinKey {
  std::string cluster;
  std::string uuid;
  SecretBytes key;  ///< node_key_bytes
};

/// What stands in the header in place of a sealed key, before the cluster's id.
inline constexpr std::string_view cluster_mark = "of cluster ";

/// Takes the key that join-agent staged in `folder` (report.json, disk-key), and removes it there: it counts once.
/// @returns nullopt where the node has not joined, or asked for no key.
/// @errors `corrupt`; `io`.
[[nodiscard]] Result<std::optional<JoinKey>> take_join_key(const std::string& folder);

/// The cluster gives the key to a node that proved what it runs; the record stays with the TPM. The header says which
/// cluster.
/// @param given nullopt: the node has not joined; then there is no key (`unavailable`), but the record is known.
/// @param tpm outlives the object.
[[nodiscard]] std::unique_ptr<KeyProvider> join_provider(tpm::Tpm& tpm, tpm::ImageLine image,
                                                         std::optional<JoinKey> given);

}  // namespace asterism::disk_mapper
