// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp_metadata.hpp"

namespace asterism::firmware {
namespace {

constexpr std::string_view signature = "ASEV";
constexpr std::uint32_t version_known = 1;
constexpr std::uint64_t header_bytes = 16;
constexpr std::uint64_t section_bytes = 12;
constexpr std::uint32_t sections_max = 64;
constexpr std::uint64_t memory_bytes_max = 256ULL << 20;

Result<SnpSectionType> parse_type(std::uint32_t value) {
  for (const auto type : {SnpSectionType::sec_mem, SnpSectionType::secrets, SnpSectionType::cpuid,
                          SnpSectionType::svsm_caa, SnpSectionType::kernel_hashes}) {
    if (static_cast<std::uint32_t>(type) == value) return type;
  }
  return fail(Errc::unsupported, "unknown type {:#x}", value);
}

Result<SnpSection> read_section(const ByteView& entry) {
  SnpSection section;
  ASTERISM_TRY(section.gpa, entry.u32(0, "address"));
  ASTERISM_TRY(section.size_bytes, entry.u32(4, "size"));
  ASTERISM_TRY(const auto type, entry.u32(8, "type"));
  ASTERISM_TRY(section.type, parse_type(type));
  if (section.size_bytes == 0 || section.gpa % page_bytes != 0 || section.size_bytes % page_bytes != 0) {
    return fail(Errc::corrupt, "{:#x} bytes at {:#x} are not whole pages", section.size_bytes, section.gpa);
  }
  const bool one_page = section.type == SnpSectionType::secrets || section.type == SnpSectionType::cpuid ||
                        section.type == SnpSectionType::kernel_hashes;
  if (one_page && section.size_bytes != page_bytes) {
    return fail(Errc::unsupported, "a {} section of {:#x} bytes", to_string(section.type), section.size_bytes);
  }
  return section;
}

Result<> check_together(const std::vector<SnpSection>& sections) {
  std::uint64_t total = 0;
  for (const SnpSection& a : sections) {
    total += a.size_bytes;
    for (const SnpSection& b : sections) {
      if (&a < &b && a.gpa < b.gpa + b.size_bytes && b.gpa < a.gpa + a.size_bytes) {
        return fail(Errc::corrupt, "SEV metadata: the sections at {:#x} and {:#x} overlap", a.gpa, b.gpa);
      }
    }
  }
  if (total > memory_bytes_max) return fail(Errc::unsupported, "SEV metadata: sections of {:#x} bytes in all", total);
  return {};
}

}  // namespace

std::string_view to_string(SnpSectionType type) noexcept {
  switch (type) {
    case SnpSectionType::sec_mem:
      return "sec-mem";
    case SnpSectionType::secrets:
      return "secrets";
    case SnpSectionType::cpuid:
      return "cpuid";
    case SnpSectionType::svsm_caa:
      return "svsm-caa";
    case SnpSectionType::kernel_hashes:
      return "kernel-hashes";
  }
  return "unknown";
}

Result<std::vector<SnpSection>> read_snp_metadata(const ByteView& file, std::uint64_t offset_from_end) {
  if (offset_from_end > file.size()) {
    return fail(Errc::corrupt, "SEV metadata lie {:#x} bytes before the end of a file of {:#x}", offset_from_end,
                file.size());
  }
  const std::uint64_t at = file.size() - offset_from_end;
  ASTERISM_TRY(const auto header, file.sub(at, header_bytes, "SEV metadata"));
  if (as_text(header.bytes().first(signature.size())) != signature) {
    return fail(Errc::corrupt, "SEV metadata: no 'ASEV' at offset {:#x}", at);
  }
  ASTERISM_TRY(const std::uint64_t length, header.u32(4, "length"));
  ASTERISM_TRY(const auto version, header.u32(8, "version"));
  ASTERISM_TRY(const auto count, header.u32(12, "number of sections"));
  if (version != version_known) return fail(Errc::unsupported, "SEV metadata: version {}", version);
  if (count > sections_max) return fail(Errc::unsupported, "SEV metadata: {} sections", count);
  if (length != header_bytes + count * section_bytes) {
    return fail(Errc::corrupt, "SEV metadata: {} bytes do not hold {} sections", length, count);
  }
  std::vector<SnpSection> sections;
  for (std::uint32_t i = 0; i < count; ++i) {
    ASTERISM_TRY(const auto entry, file.sub(at + header_bytes + i * section_bytes, section_bytes, "SEV metadata"));
    ASTERISM_TRY(const auto section, read_section(entry), "SEV metadata: section {} at offset {:#x}", i,
                 entry.origin());
    sections.push_back(section);
  }
  ASTERISM_CHECK(check_together(sections));
  return sections;
}

}  // namespace asterism::firmware
