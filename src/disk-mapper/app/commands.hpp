// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/error.hpp"
#include "disk-mapper/config.hpp"

namespace asterism::disk_mapper {

/// Where `open` leaves what it found, for `status` and `grow`.
inline constexpr const char* report_path = "/run/asterism/state-disk.json";
/// Where `recover` puts a recovery key for the waiting `open`.
inline constexpr const char* recovery_path = "/run/asterism/recovery-key";
/// Where `open` leaves the recovery key of a new disk for `recovery-key take`, if so configured; in memory.
inline constexpr const char* new_recovery_path = "/run/asterism/new-recovery-key";

/// The document that leads the node to its cluster, and where join-agent leaves what the cluster gave.
inline constexpr const char* node_document = "/run/asterism/node.json";
inline constexpr const char* join_folder = "/run/asterism/join";
/// Where `uuid` leaves the UUID of the disk that `open` is going to make or open, for join-agent; empty: there is none.
inline constexpr const char* uuid_path = "/run/asterism/state-disk-uuid";

/// Says for which disk the cluster has to give a key; runs before join-agent. @errors as uuid_to_open().
[[nodiscard]] Result<> uuid_command(const Config& config);

/// Makes or opens the state disk. Where that is refused, says why on standard error, and waits for a recovery key.
/// @errors `unavailable` where the wait is broken off by a signal; as open_state_disk() for what waiting cannot help.
[[nodiscard]] Result<> open_command(const Config& config);

/// The background initialisation: returns when all is initialised or SIGTERM came. @errors as grow_step().
[[nodiscard]] Result<> grow_command(const Config& config);

/// Prints what is there. @errors `not_found` where no state disk is open.
[[nodiscard]] Result<> status_command(bool json);

/// Takes a recovery key from standard input. @errors as parse_recovery_key(); `io`.
[[nodiscard]] Result<> recover_command();

/// Prints the recovery key that a new disk got, once. @errors `not_found` where there is none, or it was taken.
[[nodiscard]] Result<> take_recovery_key_command();

/// Gives the open disk one more recovery key, and prints it. Standard input: one that the disk has.
/// @errors as parse_recovery_key() and add_recovery_key().
[[nodiscard]] Result<> add_recovery_key_command();

/// Gives the node a new key for the open disk. Standard input: a recovery key that the disk has.
/// @errors as check_renewable(), parse_recovery_key() and renew_node_key().
[[nodiscard]] Result<> rekey_command(const Config& config);

/// Takes the recovery key on standard input away from the open disk. @errors as remove_recovery_key().
[[nodiscard]] Result<> remove_recovery_key_command();

}  // namespace asterism::disk_mapper
