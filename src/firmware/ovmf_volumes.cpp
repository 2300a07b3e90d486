// SPDX-License-Identifier: Apache-2.0
#include "firmware/ovmf_volumes.hpp"

#include <algorithm>
#include <cstdint>

#include "firmware/lzma.hpp"
#include "firmware/volume.hpp"

namespace asterism::firmware {
namespace {

constexpr Guid packed_with_lzma{"ee4e5898-3914-4259-9d6e-dc7bd79403cf"};
// EFI_FIRMWARE_FILE_SYSTEM2_GUID and 3; the variable store is a volume of another kind.
constexpr Guid file_system_2{"8c8ce578-8a3d-4f1c-9935-896185c32dd3"};
constexpr Guid file_system_3{"5473c07a-3dcb-4dca-bd6f-1e9689e7349a"};
constexpr std::uint64_t file_system_offset = 0x10;
constexpr Guid tcg2_pei{"a0c98b77-cba5-4bb8-993b-4af6ce33ece4"};
constexpr std::uint64_t unpacked_bytes_max = 64ULL << 20;
constexpr std::uint64_t guided_header_bytes = 4;  ///< before the content of a GUIDed section, counted by its offset
constexpr std::size_t version_length_min = 3;
constexpr std::size_t version_length_max = 128;

/// What the file packs, unpacked: sections of which two are volumes.
Result<std::vector<std::byte>> unpack_first(const ByteView& file) {
  ASTERISM_TRY(const auto volumes, find_volumes(file));
  for (const ByteView& volume : volumes) {
    ASTERISM_TRY(const auto kind, Guid::read(volume, file_system_offset, "kind of a volume"));
    if (kind != file_system_2 && kind != file_system_3) continue;
    ASTERISM_TRY(const auto files, read_volume(volume));
    const auto holder = std::ranges::find(files, file_type_volume, &VolumeFile::type);
    if (holder == files.end()) continue;
    ASTERISM_TRY(const auto sections, read_sections(holder->content));
    for (const FileSection& section : sections) {
      if (section.type != section_type_guided) continue;
      ASTERISM_TRY(const auto guid, Guid::read(section.content, 0, "GUID of a section"));
      if (guid != packed_with_lzma) {
        return fail(Errc::unsupported, "the volumes are packed in a way that is not known: {}", guid.to_string());
      }
      ASTERISM_TRY(const std::uint64_t start, section.content.u16(16, "start of the packed data"));
      if (start < guided_header_bytes || start - guided_header_bytes > section.content.size()) {
        return fail(Errc::corrupt, "packed data start at {:#x} of {:#x} bytes", start, section.content.size());
      }
      const std::uint64_t from = start - guided_header_bytes;
      ASTERISM_TRY(const auto packed, section.content.sub(from, section.content.size() - from, "packed data"));
      return unpack_lzma(packed, unpacked_bytes_max);
    }
  }
  return fail(Errc::unsupported, "the file holds no packed firmware volumes");
}

bool is_text(char16_t unit) {
  return unit >= 0x20 && unit <= 0x7E;
}

/// Every text of printable UCS-2 that ends with a NUL.
std::vector<std::u16string> wide_texts(Bytes data) {
  std::vector<std::u16string> found;
  std::u16string text;
  for (std::size_t at = 0; at + 1 < data.size(); at += 2) {
    const auto unit =
        static_cast<char16_t>(std::to_integer<unsigned>(data[at]) | (std::to_integer<unsigned>(data[at + 1]) << 8));
    if (is_text(unit)) {
      text += unit;
      continue;
    }
    if (unit == 0 && text.size() >= version_length_min) found.push_back(text);
    text.clear();
  }
  return found;
}

/// The version is a constant of the module that measures it, and the only wide text there.
Result<std::u16string> find_version(const ByteView& volume) {
  ASTERISM_TRY(const auto files, read_volume(volume));
  const auto module = std::ranges::find(files, tcg2_pei, &VolumeFile::name);
  if (module == files.end()) return fail(Errc::unsupported, "the firmware has no TPM 2.0 module (Tcg2Pei)");
  ASTERISM_TRY(const auto sections, read_sections(module->content));
  for (const FileSection& section : sections) {
    if (section.type != section_type_pe && section.type != section_type_terse) continue;
    const auto texts = wide_texts(section.content.bytes());
    if (texts.size() != 1 || texts[0].size() > version_length_max) {
      return fail(Errc::unsupported, "the firmware's version cannot be told: {} texts in Tcg2Pei", texts.size());
    }
    return texts[0];
  }
  return fail(Errc::unsupported, "Tcg2Pei has no code");
}

}  // namespace

Result<OvmfVolumes> OvmfVolumes::unpack(const ByteView& file) {
  OvmfVolumes result;
  ASTERISM_TRY(result.unpacked_, unpack_first(file));
  const ByteView whole{result.unpacked_};
  ASTERISM_TRY(const auto sections, read_sections(whole), "unpacked");
  std::vector<ByteView> volumes;
  for (const FileSection& section : sections) {
    if (section.type == section_type_volume) volumes.push_back(section.content);
  }
  if (volumes.size() != 2) return fail(Errc::unsupported, "{} packed volumes, not two", volumes.size());
  result.early_ = {.offset = volumes[0].origin(), .size = volumes[0].size()};
  result.main_ = {.offset = volumes[1].origin(), .size = volumes[1].size()};
  ASTERISM_TRY(result.version_, find_version(volumes[0]), "unpacked");
  return result;
}

}  // namespace asterism::firmware
