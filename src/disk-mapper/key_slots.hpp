// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/error.hpp"
#include "common/secret.hpp"
#include "disk-mapper/key_provider.hpp"
#include "disk-mapper/node_storage.hpp"
#include "disk-mapper/sealed_header.hpp"

namespace asterism::disk_mapper {

/// Changes of the keys that open a disk, also while it is in use: the data's key stays, only the header is written.
/// Each is safe against a power cut at any point: the next boot finds the old or the new header, and both open.

/// Gives the disk one more recovery key.
/// @param authority a key that opens the disk: the node's, or a recovery key it has.
/// @errors `conflict` where all key slots are taken, or `fresh` opens the disk already; as open_header(),
/// write_header().
[[nodiscard]] Result<> add_recovery_key(NodeStorage& storage, const std::string& device, const SecretBytes& authority,
                                        const SecretBytes& fresh);

/// Takes a recovery key away; it is its own authority. Its key slot is overwritten with zeros.
/// @errors `conflict` for the node's key; `unverified` where the key opens nothing; as write_header().
[[nodiscard]] Result<> remove_recovery_key(NodeStorage& storage, const std::string& device,
                                           const SecretBytes& unwanted);

/// Whether the node's key can be another one. A cluster derives it from its master secret and the disk's UUID, which
/// gives the same key each time.
/// @errors `conflict` where a cluster gives the key; as read_header().
[[nodiscard]] Result<> check_renewable(NodeStorage& storage, const std::string& device);

/// Gives the node a new key in the place of the one it has, whose key slot is overwritten with zeros. The record stays.
/// @param authority a key that opens the disk. @returns the disk with its new header.
/// @errors `conflict` where all key slots are taken; as open_header(), make_key() and write_header().
[[nodiscard]] Result<OpenedHeader> renew_node_key(NodeStorage& storage, KeyProvider& provider,
                                                  const std::string& device, const SecretBytes& authority);

}  // namespace asterism::disk_mapper
