// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "common/digest.hpp"
#include "common/error.hpp"
#include "disk-mapper/decision.hpp"
#include "disk-mapper/key_provider.hpp"
#include "disk-mapper/measurer.hpp"
#include "disk-mapper/node_storage.hpp"

namespace asterism::disk_mapper {

/// How the state disk is opened; all of it is part of the measured image.
struct OpenRequest {
  std::string device;
  std::string mount_point;
  /// Written with zeros before the first file system is made; the rest follows in the background.
  std::uint64_t initial_bytes = std::uint64_t{256} << 20;
  /// Of a disk that is made; empty: a random one.
  std::string new_uuid{};
  /// Given by an operator where the node's key cannot be had; nullptr: ask the provider.
  const SecretBytes* recovery_key = nullptr;
  /// Gets a key slot of its own where a disk is made; nullptr: no recovery key.
  const SecretBytes* new_recovery_key = nullptr;
};

/// What became of it.
struct OpenReport {
  Action action = Action::open;
  std::string uuid;
  std::uint64_t generation = 0;
  std::uint64_t available_bytes = 0;    ///< for the file system, once all is initialised
  std::uint64_t initialised_bytes = 0;  ///< of these
  std::string measured;                 ///< the event
  std::string note;                     ///< what became of the node's key where a recovery key opened; else empty
};

/// Whether the node has a record of a disk that it made: see KeyProvider::has_record().
using RecordQuestion = std::function<Result<bool>()>;

/// The UUID for which a key has to be had before open_state_disk(): a fresh one where a disk is going to be made, else
/// that of the header. Anybody could have written that; that the disk is the node's own shows once a key slot is open.
/// @param has_record asked only where the disk does not answer by itself. @errors as open_state_disk(), for what can be
///        told without a key. Nothing is written.
[[nodiscard]] Result<std::string> uuid_to_open(NodeStorage& storage, const RecordQuestion& has_record,
                                               const std::string& device);

/// Makes or opens the state disk and mounts it. With a recovery key it is opened, whatever the provider knows; where
/// the provider has no record, the node gets a new key and a record of this disk.
///
///  Nothing is activated, and no byte of the data area read by the kernel,
/// before the header is authenticated. A creation that was cut off starts over; nothing that `created` was recorded
/// for is ever overwritten.
/// @errors `conflict` as decide(); `unverified` and `corrupt` for what the disk holds; `unavailable`, `not_found` from
///         the provider; `io`. The message names the disk; the advice says what a person does next.
[[nodiscard]] Result<OpenReport> open_state_disk(NodeStorage& storage, KeyProvider& provider, Measurer& measurer,
                                                 const OpenRequest& request);

}  // namespace asterism::disk_mapper
