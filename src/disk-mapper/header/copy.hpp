// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "common/bytes.hpp"
#include "common/error.hpp"

namespace asterism::disk_mapper {

/// Size of one copy of the LUKS2 metadata: binary header of 4 KiB and JSON area. Fixed, so that nothing has to be
/// searched for: the first copy is at offset 0, the second right behind it.
inline constexpr std::uint64_t copy_bytes = 16384;
inline constexpr std::uint64_t binary_header_bytes = 4096;
inline constexpr std::uint64_t json_area_bytes = copy_bytes - binary_header_bytes;
/// Both copies.
inline constexpr std::uint64_t metadata_bytes = 2 * copy_bytes;
/// Everything in front of the data: metadata and key slot areas.
inline constexpr std::uint64_t header_bytes = std::uint64_t{16} << 20;

/// Which of the two copies.
enum class CopyPlace : std::uint8_t { primary, secondary };

/// "primary header" or "secondary header", for messages.
[[nodiscard]] std::string_view to_string(CopyPlace place) noexcept;

/// One copy of the metadata whose checksum matches. Its salt only makes checksums differ and means nothing.
struct HeaderCopy {
  std::uint64_t sequence = 0;
  std::string uuid;  ///< 36 characters, lower case
  std::array<std::byte, 64> salt{};
  std::string json;  ///< text of the JSON area, without the zeros behind it

  friend bool operator==(const HeaderCopy&, const HeaderCopy&) = default;
};

/// Reads one copy; `bytes` are its copy_bytes.
/// @errors `corrupt` where the magic or the checksum is wrong, as after a write that was cut off; `unverified` where
///         both are right and the rest is not what a state disk has: version, size, checksum algorithm, place, label,
///         subsystem, UUID, or bytes where there should be zeros.
/// @source LUKS2 On-Disk Format Specification 1.1.3, section 2.1.
[[nodiscard]] Result<HeaderCopy> read_copy(Bytes bytes, CopyPlace place);

/// The reverse: copy_bytes bytes with a fresh checksum.
/// @errors `internal` where the JSON text or the UUID does not fit; as hash().
[[nodiscard]] Result<std::vector<std::byte>> write_copy(const HeaderCopy& copy, CopyPlace place);

}  // namespace asterism::disk_mapper
