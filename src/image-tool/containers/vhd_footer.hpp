// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "common/bytes.hpp"
#include "common/digest.hpp"
#include "common/error.hpp"

namespace asterism::image_tool {

/// Size of the footer that ends every VHD.
inline constexpr std::size_t vhd_footer_bytes = 512;

/// Largest disk that the format's 512-byte sectors and every reader's block tables allow: 2040 GiB.
inline constexpr std::uint64_t vhd_maximum_bytes = std::uint64_t{2040} << 30;

/// Cylinders, heads and sectors per track of a disk as the format wants them told.
struct VhdGeometry {
  std::uint16_t cylinders = 0;
  std::uint8_t heads = 0;
  std::uint8_t sectors_per_track = 0;
  friend bool operator==(const VhdGeometry&, const VhdGeometry&) = default;
};

/// @param sectors size of the disk in 512-byte sectors; what the geometry holds is at most that.
/// @source Microsoft "Virtual Hard Disk Image Format Specification" 1.0, appendix "CHS Calculation".
/// @checked tests/unit/image-tool/vhd_footer_test.cpp holds what qemu-img 10 writes for 26 sizes.
[[nodiscard]] VhdGeometry vhd_geometry(std::uint64_t sectors) noexcept;

/// The footer of a fixed VHD that holds `size_bytes` of disk: the same bytes for the same arguments.
///
/// The creator is Hyper-V's mark, since readers that go by the creator (QEMU) take the size of such a disk from the
/// footer and not from the geometry, which cannot express every size. The time is the format's zero, 2000-01-01; the
/// unique id is made from `content`, so that different disks have different ids.
/// @param content SHA-256 of what the disk holds.
/// @errors `unsupported` unless the size is a multiple of 512 from 1 MiB to vhd_maximum_bytes.
/// @source the specification above, "Hard Disk Footer Format".
[[nodiscard]] Result<std::array<std::byte, vhd_footer_bytes>> make_vhd_footer(std::uint64_t size_bytes,
                                                                              const Digest& content);

/// Checks a footer of a fixed VHD and gives the size of the disk in bytes.
/// @errors `corrupt` for a wrong length, mark, checksum or size; `unsupported` for another kind of VHD.
[[nodiscard]] Result<std::uint64_t> read_vhd_footer(Bytes footer);

}  // namespace asterism::image_tool
