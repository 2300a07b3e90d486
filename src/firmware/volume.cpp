// SPDX-License-Identifier: Apache-2.0
#include "firmware/volume.hpp"

#include <algorithm>

namespace asterism::firmware {
namespace {

constexpr std::uint64_t page = 4096;
constexpr std::uint64_t header_bytes_min = 0x38;
constexpr std::uint32_t volume_signature = 0x4856465F;  // "_FVH"
constexpr std::size_t volumes_max = 16;
constexpr std::size_t files_max = 1024;
constexpr std::size_t sections_max = 256;

constexpr std::uint64_t file_header_bytes = 24;
constexpr std::uint64_t large_file_header_bytes = 32;
constexpr std::uint8_t large_file = 0x01;  // FFS_ATTRIB_LARGE_FILE
constexpr std::uint8_t file_type_padding = 0xF0;
constexpr std::uint64_t file_alignment = 8;

constexpr std::uint64_t section_header_bytes = 4;
constexpr std::uint64_t large_section_header_bytes = 8;
constexpr std::uint32_t large_section = 0xFFFFFF;
constexpr std::uint64_t section_alignment = 4;

std::uint64_t aligned(std::uint64_t offset, std::uint64_t alignment) {
  return (offset + alignment - 1) / alignment * alignment;
}

bool starts_volume(const ByteView& at) {
  const auto signature = at.u32(0x28, "signature");
  return signature && *signature == volume_signature;
}

Result<std::uint32_t> u24(const ByteView& data, std::uint64_t offset, std::string_view what) {
  ASTERISM_TRY(const std::uint32_t low, data.u16(offset, what));
  ASTERISM_TRY(const std::uint32_t high, data.u8(offset + 2, what));
  return low | (high << 16);
}

/// Where the files start: behind the header, or behind the extended one.
Result<std::uint64_t> start_of_files(const ByteView& volume) {
  ASTERISM_TRY(const std::uint64_t header_bytes, volume.u16(0x30, "length of the volume's header"));
  ASTERISM_TRY(const std::uint64_t extended, volume.u16(0x34, "the volume's extended header"));
  if (header_bytes < header_bytes_min || header_bytes > volume.size()) {
    return fail(Errc::corrupt, "volume at offset {:#x}: a header of {:#x} bytes", volume.origin(), header_bytes);
  }
  if (extended == 0) return aligned(header_bytes, file_alignment);
  ASTERISM_TRY(const std::uint64_t extended_bytes, volume.u32(extended + 16, "length of the extended header"));
  ASTERISM_CHECK(volume.sub(extended, extended_bytes, "the volume's extended header"));
  return aligned(std::max(header_bytes, extended + extended_bytes), file_alignment);
}

struct Extent {
  std::uint64_t header_bytes = 0;
  std::uint64_t all_bytes = 0;
};

Result<Extent> file_extent(const ByteView& volume, std::uint64_t at) {
  ASTERISM_TRY(const auto attributes, volume.u8(at + 19, "attributes of a file"));
  if ((attributes & large_file) == 0) {
    ASTERISM_TRY(const auto size, u24(volume, at + 20, "size of a file"));
    return Extent{.header_bytes = file_header_bytes, .all_bytes = size};
  }
  ASTERISM_TRY(const auto size, volume.u64(at + 24, "size of a large file"));
  return Extent{.header_bytes = large_file_header_bytes, .all_bytes = size};
}

Result<Extent> section_extent(const ByteView& content, std::uint64_t at) {
  ASTERISM_TRY(const auto size, u24(content, at, "size of a section"));
  if (size != large_section) return Extent{.header_bytes = section_header_bytes, .all_bytes = size};
  ASTERISM_TRY(const auto large, content.u32(at + 4, "size of a large section"));
  return Extent{.header_bytes = large_section_header_bytes, .all_bytes = large};
}

/// The part without its header. @errors `corrupt` for one that ends before it begins or behind the whole.
Result<ByteView> inside(const ByteView& whole, std::uint64_t at, const Extent& extent, std::string_view what) {
  if (extent.all_bytes < extent.header_bytes) {
    return fail(Errc::corrupt, "{} at offset {:#x}: {} bytes are less than its header", what, whole.origin() + at,
                extent.all_bytes);
  }
  ASTERISM_TRY(const auto all, whole.sub(at, extent.all_bytes, what));
  return all.sub(extent.header_bytes, extent.all_bytes - extent.header_bytes, what);
}

}  // namespace

Result<std::vector<ByteView>> find_volumes(const ByteView& file) {
  std::vector<ByteView> volumes;
  for (std::uint64_t at = 0; at + header_bytes_min <= file.size();) {
    ASTERISM_TRY(const auto rest, file.sub(at, file.size() - at, "firmware volume"));
    if (!starts_volume(rest)) {
      at += page;
      continue;
    }
    ASTERISM_TRY(const auto size, rest.u64(0x20, "size of the volume"));
    if (size < header_bytes_min) {
      return fail(Errc::corrupt, "volume at offset {:#x}: {} bytes are less than its header", rest.origin(), size);
    }
    if (volumes.size() == volumes_max) return fail(Errc::unsupported, "more than {} firmware volumes", volumes_max);
    ASTERISM_TRY(auto volume, rest.sub(0, size, "firmware volume"));
    volumes.push_back(volume);
    at += aligned(size, page);
  }
  return volumes;
}

Result<std::vector<VolumeFile>> read_volume(const ByteView& volume) {
  std::vector<VolumeFile> files;
  ASTERISM_TRY(std::uint64_t at, start_of_files(volume));
  while (at + file_header_bytes <= volume.size()) {
    ASTERISM_TRY(const auto header, volume.sub(at, file_header_bytes, "header of a file"));
    if (std::ranges::all_of(header.bytes(), [](std::byte b) { return b == std::byte{0xFF}; })) break;  // free space
    ASTERISM_TRY(const auto extent, file_extent(volume, at));
    ASTERISM_TRY(const auto content, inside(volume, at, extent, "file"));
    ASTERISM_TRY(const auto name, Guid::read(volume, at, "name of a file"));
    ASTERISM_TRY(const auto type, volume.u8(at + 18, "type of a file"));
    if (files.size() == files_max) return fail(Errc::unsupported, "a volume of more than {} files", files_max);
    if (type != file_type_padding) files.push_back({.name = name, .type = type, .content = content});
    at = aligned(at + extent.all_bytes, file_alignment);
  }
  return files;
}

Result<std::vector<FileSection>> read_sections(const ByteView& content) {
  std::vector<FileSection> sections;
  for (std::uint64_t at = 0; at + section_header_bytes <= content.size();) {
    ASTERISM_TRY(const auto extent, section_extent(content, at));
    ASTERISM_TRY(const auto data, inside(content, at, extent, "section"));
    ASTERISM_TRY(const auto type, content.u8(at + 3, "type of a section"));
    if (sections.size() == sections_max) return fail(Errc::unsupported, "more than {} sections", sections_max);
    sections.push_back({.type = type, .content = data});
    at = aligned(at + extent.all_bytes, section_alignment);
  }
  return sections;
}

}  // namespace asterism::firmware
