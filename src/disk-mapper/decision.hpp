// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/bytes.hpp"
#include "common/error.hpp"
#include "disk-mapper/node_storage.hpp"

namespace asterism::disk_mapper {

/// What is done with the state disk in this boot.
enum class Action : std::uint8_t { create, open };

/// What can be seen on a disk without any key. The host wrote it, so it never makes the node give up data of its own:
/// it only keeps a node that has no disk yet from overwriting one by accident.
enum class DiskLook : std::uint8_t {
  blank,      ///< head and tail hold only zeros
  preparing,  ///< the first sector says that a creation began and did not come to its end
  other,
};

/// The first sector while a disk is being made; the header's primary copy takes its place once the disk is recorded.
inline constexpr std::uint64_t claim_bytes = 512;

/// claim_bytes bytes of text.
[[nodiscard]] std::vector<std::byte> preparation_claim();

/// Reads head and tail. @errors as NodeStorage; `unsupported` for a disk of less than 64 MiB.
[[nodiscard]] Result<DiskLook> look_at(NodeStorage& storage, const std::string& device);

/// The record decides: where there is one, the disk is opened, whatever it looks like. Where there is none, this node
/// never stored anything, and a disk is made of one that is blank or was being prepared.
/// @errors `conflict` where there is no record and the disk holds anything else.
[[nodiscard]] Result<Action> decide(bool has_record, DiskLook look);

}  // namespace asterism::disk_mapper
