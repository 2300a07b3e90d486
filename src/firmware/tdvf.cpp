// SPDX-License-Identifier: Apache-2.0
#include "firmware/tdvf.hpp"

#include "firmware/snp_metadata.hpp"

namespace asterism::firmware {
namespace {

constexpr std::string_view signature = "TDVF";
constexpr std::uint32_t version_known = 1;
constexpr std::uint64_t header_bytes = 16;
constexpr std::uint64_t section_bytes = 32;
constexpr std::uint32_t sections_max = 64;
constexpr std::uint64_t added_bytes_max = 1ULL << 30;
constexpr std::uint64_t gpa_limit = 1ULL << 52;
constexpr std::uint32_t attribute_extend = 1;
constexpr std::uint32_t attribute_augment = 2;
constexpr std::uint32_t type_last = 6;

Result<TdvfSection> read_section(const ByteView& file, const ByteView& entry) {
  TdvfSection section;
  ASTERISM_TRY(const std::uint64_t offset, entry.u32(0, "data offset"));
  ASTERISM_TRY(const std::uint64_t size, entry.u32(4, "data size"));
  ASTERISM_TRY(section.gpa, entry.u64(8, "memory address"));
  ASTERISM_TRY(section.memory_bytes, entry.u64(16, "memory size"));
  ASTERISM_TRY(const auto type, entry.u32(24, "type"));
  ASTERISM_TRY(const auto attributes, entry.u32(28, "attributes"));
  if (type > type_last) return fail(Errc::unsupported, "unknown type {:#x}", type);
  if ((attributes & ~(attribute_extend | attribute_augment)) != 0) {
    return fail(Errc::unsupported, "unknown attributes {:#x}", attributes);
  }
  section.type = static_cast<TdvfSectionType>(type);
  section.extends = (attributes & attribute_extend) != 0;
  section.added_later = (attributes & attribute_augment) != 0;
  if (section.extends && section.added_later) return fail(Errc::corrupt, "it is both measured and added later");
  if (section.memory_bytes == 0 || section.gpa % page_bytes != 0 || section.memory_bytes % page_bytes != 0 ||
      section.gpa >= gpa_limit || section.memory_bytes > gpa_limit - section.gpa) {
    return fail(Errc::corrupt, "{:#x} bytes at {:#x} are not whole pages of guest memory", section.memory_bytes,
                section.gpa);
  }
  if (size > section.memory_bytes) {
    return fail(Errc::corrupt, "{:#x} bytes of data do not fit {:#x} bytes of memory", size, section.memory_bytes);
  }
  ASTERISM_TRY(section.data, file.sub(offset, size, "data"));
  return section;
}

Result<> check_together(const std::vector<TdvfSection>& sections) {
  std::uint64_t added = 0;
  for (const TdvfSection& a : sections) {
    if (!a.added_later) added += std::min(a.memory_bytes, added_bytes_max + 1);
    for (const TdvfSection& b : sections) {
      if (&a < &b && a.gpa < b.gpa + b.memory_bytes && b.gpa < a.gpa + a.memory_bytes) {
        return fail(Errc::corrupt, "TDX metadata: the sections at {:#x} and {:#x} overlap", a.gpa, b.gpa);
      }
    }
  }
  if (added > added_bytes_max) {
    return fail(Errc::unsupported, "TDX metadata: more than {:#x} bytes to add before the start", added_bytes_max);
  }
  return {};
}

}  // namespace

std::string_view to_string(TdvfSectionType type) noexcept {
  switch (type) {
    case TdvfSectionType::boot_volume:
      return "bfv";
    case TdvfSectionType::configuration_volume:
      return "cfv";
    case TdvfSectionType::td_hob:
      return "td-hob";
    case TdvfSectionType::temporary_memory:
      return "temp-mem";
    case TdvfSectionType::permanent_memory:
      return "perm-mem";
    case TdvfSectionType::payload:
      return "payload";
    case TdvfSectionType::payload_parameter:
      return "payload-param";
  }
  return "unknown";
}

Result<std::vector<TdvfSection>> read_tdvf(const ByteView& file, std::uint64_t offset_from_end) {
  if (offset_from_end > file.size()) {
    return fail(Errc::corrupt, "TDX metadata lie {:#x} bytes before the end of a file of {:#x}", offset_from_end,
                file.size());
  }
  const std::uint64_t at = file.size() - offset_from_end;
  ASTERISM_TRY(const auto header, file.sub(at, header_bytes, "TDX metadata"));
  if (as_text(header.bytes().first(signature.size())) != signature) {
    return fail(Errc::corrupt, "TDX metadata: no 'TDVF' at offset {:#x}", at);
  }
  ASTERISM_TRY(const std::uint64_t length, header.u32(4, "length"));
  ASTERISM_TRY(const auto version, header.u32(8, "version"));
  ASTERISM_TRY(const auto count, header.u32(12, "number of sections"));
  if (version != version_known) return fail(Errc::unsupported, "TDX metadata: version {}", version);
  if (count > sections_max) return fail(Errc::unsupported, "TDX metadata: {} sections", count);
  if (length != header_bytes + count * section_bytes) {
    return fail(Errc::corrupt, "TDX metadata: {} bytes do not hold {} sections", length, count);
  }
  std::vector<TdvfSection> sections;
  for (std::uint32_t i = 0; i < count; ++i) {
    ASTERISM_TRY(const auto entry, file.sub(at + header_bytes + i * section_bytes, section_bytes, "TDX metadata"));
    ASTERISM_TRY(const auto section, read_section(file, entry), "TDX metadata: section {} at offset {:#x}", i,
                 entry.origin());
    sections.push_back(section);
  }
  ASTERISM_CHECK(check_together(sections));
  return sections;
}

}  // namespace asterism::firmware
