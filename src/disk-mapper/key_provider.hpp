// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "common/error.hpp"
#include "common/secret.hpp"

namespace asterism::disk_mapper {

/// The size of every key that opens a state disk: random bytes, no password.
inline constexpr std::size_t node_key_bytes = 32;

/// What of a state disk its key belongs to. Both stand in the header, which the host can change.
struct DiskIdentity {
  std::string uuid;    ///< of the LUKS2 header
  std::string sealed;  ///< what seal() gave, e.g. a key that only this node's TPM opens; may be empty

  friend bool operator==(const DiskIdentity&, const DiskIdentity&) = default;
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

  /// Prepares a key for being kept. @returns text for the header: printable ASCII, at most max_sealed_characters.
  /// @errors `usage` for a key that is not node_key_bytes long; `unavailable`.
  [[nodiscard]] virtual Result<std::string> seal(const SecretBytes& key) = 0;

  /// Records the disk, durably: from now on this node opens it and makes no other. The key is the one last sealed.
  /// @errors `conflict` where another disk is recorded; `unavailable`; `io`.
  [[nodiscard]] virtual Result<> commit(const DiskIdentity& disk) = 0;

  /// The key of the recorded disk.
  /// @errors `unverified` where `disk` is not the recorded one, or the node is not in the state that the key is for;
  ///         `not_found` where nothing is recorded; `unavailable`.
  [[nodiscard]] virtual Result<SecretBytes> load(const DiskIdentity& disk) = 0;
};

}  // namespace asterism::disk_mapper
