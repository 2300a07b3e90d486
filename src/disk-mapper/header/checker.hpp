// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "common/bytes.hpp"
#include "common/error.hpp"
#include "disk-mapper/header/copy.hpp"
#include "disk-mapper/header/schema.hpp"

namespace asterism::disk_mapper {

/// One copy of the metadata that the schema accepts.
struct CheckedCopy {
  HeaderCopy copy;
  Metadata metadata;

  friend bool operator==(const CheckedCopy&, const CheckedCopy&) = default;
};

/// What check_header() found. Well-formed, but not yet known to be ours: see authenticate().
struct CheckedHeader {
  CheckedCopy current;
  /// The other copy where it is of an older generation: an update was cut off between the two.
  std::optional<CheckedCopy> older;
  /// Whether the disk's copies are not both the current one, and have to be written again.
  bool needs_repair = false;
};

/// Reads both copies. Where one has a wrong checksum, the other counts; where both are right and differ, the one of
/// the higher generation counts. Nothing else may differ between them.
/// @param metadata metadata_bytes from the start of the disk, read once.
/// @errors `corrupt` where neither copy can be read; `unverified` where either has anything that a state disk's
///         header has not, or where they differ in another way than an interrupted update leaves them;
///         as read_metadata().
[[nodiscard]] Result<CheckedHeader> check_header(Bytes metadata);

/// Both copies of the current one: metadata_bytes for the front of a header that libcryptsetup opens.
/// @errors as write_copy().
[[nodiscard]] Result<std::vector<std::byte>> write_metadata(const CheckedCopy& current);

}  // namespace asterism::disk_mapper
