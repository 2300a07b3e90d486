// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "common/guid.hpp"

namespace asterism::firmware {

/// Types of files and sections that are looked at; others are passed on as numbers.
inline constexpr std::uint8_t file_type_volume = 0x0B;
inline constexpr std::uint8_t section_type_guided = 0x02;
inline constexpr std::uint8_t section_type_pe = 0x10;
inline constexpr std::uint8_t section_type_terse = 0x12;
inline constexpr std::uint8_t section_type_volume = 0x17;

/// A file of a firmware volume.
struct VolumeFile {
  Guid name;
  std::uint8_t type = 0;
  ByteView content;  ///< without the header
};

/// A section of a file.
struct FileSection {
  std::uint8_t type = 0;
  ByteView content;  ///< without the header; a GUIDed one starts with its GUID
};

/// The firmware volumes that lie one behind the other in a file, each from its header to its end. Pages between them
/// that are no volume are passed over.
/// @errors `corrupt` for a volume that is larger than what is left of the file; `unsupported` for more than 16.
/// @source UEFI PI 1.8, volume 3, section 3.2.
/// @checked tests/unit/firmware/volume_test.cpp, on OVMF too; tests/fuzz/firmware.
[[nodiscard]] Result<std::vector<ByteView>> find_volumes(const ByteView& file);

/// The files of a volume, without the padding.
/// @errors `corrupt` for a header or file that does not fit; `unsupported` for more than 1024 files.
/// @source the same, sections 3.2.1 to 3.2.3.
[[nodiscard]] Result<std::vector<VolumeFile>> read_volume(const ByteView& volume);

/// The sections of a file's content, or of what was packed in a GUIDed section.
/// @errors `corrupt` for a section that does not fit; `unsupported` for more than 256.
/// @source the same, section 3.2.4.
[[nodiscard]] Result<std::vector<FileSection>> read_sections(const ByteView& content);

}  // namespace asterism::firmware
