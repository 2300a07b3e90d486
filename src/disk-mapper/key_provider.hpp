// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "common/error.hpp"
#include "common/secret.hpp"
#include "disk-mapper/disk_identity.hpp"

namespace asterism::disk_mapper {

/// The size of every key that opens a state disk: random bytes, no password.
inline constexpr std::size_t node_key_bytes = 32;

/// A key for the node's key slot.
struct NodeKey {
  SecretBytes key;
  /// What load() needs to have it again; stands in the header, where the host can read and change it. Printable ASCII,
  /// at most max_sealed_characters; may be empty.
  std::string sealed;
};

/// Where the node's key is kept, and the record that this node made a state disk. The record decides between making
/// and opening one, so it is kept where the host cannot change it.
class KeyProvider {
 public:
  virtual ~KeyProvider() = default;

  /// For messages, e.g. "tpm2".
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;

  /// Whether this node ever finished making a state disk.
  /// @errors `unavailable` where it cannot be told; never "no" because something failed.
  [[nodiscard]] virtual Result<bool> has_record() = 0;

  /// A new key for the disk `uuid`. Keys made before stay good. @errors `unavailable`; `io`.
  [[nodiscard]] virtual Result<NodeKey> make_key(const std::string& uuid) = 0;

  /// The key again. The disk may be anybody's still: confirm() follows once a key slot is open.
  /// @errors `unverified` where the node is not in the state that the key is for, or another node's provider sealed
  ///         it; `corrupt` for a text that no provider wrote; `not_found` where this node never made a key;
  ///         `unavailable`.
  [[nodiscard]] virtual Result<SecretBytes> load(const std::string& uuid, const std::string& sealed) = 0;

  /// Records the disk, durably: from now on this node opens it and makes no other. Again for the same disk: success.
  /// @errors `conflict` where another disk is recorded; `unavailable`; `io`.
  [[nodiscard]] virtual Result<> commit(const DiskIdentity& disk) = 0;

  /// @errors `unverified` where another disk is recorded; `not_found` where none is; `unavailable`.
  [[nodiscard]] virtual Result<> confirm(const DiskIdentity& disk) = 0;
};

}  // namespace asterism::disk_mapper
