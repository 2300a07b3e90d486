// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "common/bytes.hpp"
#include "common/error.hpp"

namespace asterism::disk_mapper {

/// Two records of 4 KiB at the start of the opened (authenticated) device, written in turn: the newer one counts.
inline constexpr std::uint64_t record_bytes = 4096;
inline constexpr std::uint64_t records_bytes = 2 * record_bytes;
/// What is in front of the state's data on the opened device.
inline constexpr std::uint64_t reserved_bytes = std::uint64_t{1} << 20;

/// How much of the device was written at least once, and so may be read.
struct LayoutRecord {
  std::uint64_t sequence = 0;
  std::uint64_t initialised_bytes = 0;  ///< behind reserved_bytes; a multiple of 4096

  friend bool operator==(const LayoutRecord&, const LayoutRecord&) = default;
};

/// record_bytes bytes. @errors as sha256().
[[nodiscard]] Result<std::vector<std::byte>> write_record(const LayoutRecord& record);

/// Where the record belongs on the opened device.
[[nodiscard]] constexpr std::uint64_t record_offset(const LayoutRecord& record) noexcept {
  return record.sequence % 2 * record_bytes;
}

/// The newer of the two.
/// @param both records_bytes from the start of the opened device.
/// @param available_bytes behind reserved_bytes.
/// @errors `corrupt` where neither is a record, or the newer one names more than there is.
[[nodiscard]] Result<LayoutRecord> read_records(Bytes both, std::uint64_t available_bytes);

}  // namespace asterism::disk_mapper
