// SPDX-License-Identifier: Apache-2.0
#include "efi/pe.hpp"

#include <algorithm>

namespace asterism::efi {
namespace {

constexpr std::uint16_t dos_magic = 0x5a4d;     // "MZ"
constexpr std::uint32_t pe_magic = 0x00004550;  // "PE\0\0"
constexpr std::uint64_t dos_header_bytes = 0x40;
constexpr std::uint64_t pe_offset_field = 0x3c;
constexpr std::uint64_t coff_header_bytes = 20;
constexpr std::uint64_t section_entry_bytes = 40;
constexpr std::uint64_t directory_entry_bytes = 8;
constexpr std::uint32_t certificate_directory = 4;
constexpr std::uint32_t directories_max = 16;
constexpr std::uint16_t magic_pe32 = 0x10b;
constexpr std::uint16_t magic_pe32_plus = 0x20b;
// Offsets in the optional header that PE32 and PE32+ share.
constexpr std::uint64_t image_size_field = 56;
constexpr std::uint64_t headers_size_field = 60;
constexpr std::uint64_t checksum_field = 64;
constexpr std::uint64_t subsystem_field = 68;

std::string section_name(Bytes field) {
  const std::string_view text = as_text(field);
  return std::string{text.substr(0, text.find('\0'))};
}

Result<PeSection> read_section(const ByteView& file, std::uint64_t offset) {
  PeSection section;
  ASTERISM_TRY(const auto entry, file.sub(offset, section_entry_bytes, "PE section header"));
  section.header_offset = offset;
  section.name = section_name(entry.bytes().first(8));
  ASTERISM_TRY(section.virtual_size, entry.u32(8, "VirtualSize"));
  ASTERISM_TRY(section.virtual_address, entry.u32(12, "VirtualAddress"));
  ASTERISM_TRY(section.raw_size, entry.u32(16, "SizeOfRawData"));
  ASTERISM_TRY(section.raw_offset, entry.u32(20, "PointerToRawData"));
  return section;
}

}  // namespace

Result<PeImage> PeImage::parse(const ByteView& file) {
  PeImage image;
  image.file_ = file;
  ASTERISM_CHECK(image.parse_headers(), "PE image");
  ASTERISM_CHECK(image.check_overlaps(), "PE image");
  return image;
}

Result<> PeImage::parse_headers() {
  ASTERISM_TRY(const auto dos, file_.u16(0, "the DOS magic"));
  if (dos != dos_magic) return fail(Errc::corrupt, "no 'MZ' at offset 0x0");
  ASTERISM_TRY(const std::uint64_t pe, file_.u32(pe_offset_field, "the PE header offset"));
  if (pe < dos_header_bytes) return fail(Errc::corrupt, "PE header offset {:#x} lies inside the DOS header", pe);
  ASTERISM_TRY(const auto signature, file_.u32(pe, "the PE signature"));
  if (signature != pe_magic) return fail(Errc::corrupt, "no 'PE' signature at offset {:#x}", pe);

  const std::uint64_t coff = pe + 4;
  ASTERISM_TRY(machine_, file_.u16(coff, "Machine"));
  ASTERISM_TRY(const auto section_count, file_.u16(coff + 2, "NumberOfSections"));
  ASTERISM_TRY(const auto optional_size, file_.u16(coff + 16, "SizeOfOptionalHeader"));
  if (section_count == 0) return fail(Errc::corrupt, "NumberOfSections at offset {:#x} is 0", coff + 2);

  const std::uint64_t optional = coff + coff_header_bytes;
  ASTERISM_TRY(const auto magic, file_.u16(optional, "the optional header's magic"));
  if (magic != magic_pe32 && magic != magic_pe32_plus) {
    return fail(Errc::corrupt, "unknown optional header magic {:#x} at offset {:#x}", magic, optional);
  }
  const std::uint64_t directories = magic == magic_pe32 ? 96 : 112;
  ASTERISM_TRY(image_size_, file_.u32(optional + image_size_field, "SizeOfImage"));
  ASTERISM_TRY(headers_size_, file_.u32(optional + headers_size_field, "SizeOfHeaders"));
  ASTERISM_TRY(subsystem_, file_.u16(optional + subsystem_field, "Subsystem"));
  ASTERISM_TRY(const auto directory_count, file_.u32(optional + directories - 4, "NumberOfRvaAndSizes"));
  checksum_offset_ = optional + checksum_field;

  if (directory_count > directories_max || optional_size != directories + directory_count * directory_entry_bytes) {
    return fail(Errc::corrupt, "NumberOfRvaAndSizes {} at offset {:#x} does not fit SizeOfOptionalHeader {}",
                directory_count, optional + directories - 4, optional_size);
  }
  const std::uint64_t section_table = optional + optional_size;
  const std::uint64_t table_end = section_table + section_entry_bytes * section_count;
  if (headers_size_ < table_end || headers_size_ > file_.size() || headers_size_ >= image_size_) {
    return fail(Errc::corrupt,
                "SizeOfHeaders {:#x} at offset {:#x} must hold the section table (up to {:#x}) and stay "
                "below the file size {:#x} and SizeOfImage {:#x}",
                headers_size_, optional + headers_size_field, table_end, file_.size(), image_size_);
  }
  ASTERISM_CHECK(parse_data_directories(optional + directories, directory_count));
  return parse_sections(section_table, section_count);
}

Result<> PeImage::parse_data_directories(std::uint64_t offset, std::uint32_t count) {
  if (count <= certificate_directory) return {};
  certificate_entry_offset_ = offset + certificate_directory * directory_entry_bytes;
  ASTERISM_TRY(const auto start, file_.u32(certificate_entry_offset_, "the certificate table's offset"));
  ASTERISM_TRY(const auto size, file_.u32(certificate_entry_offset_ + 4, "the certificate table's size"));
  if (size == 0) return {};
  // EDK2 takes the table for the last thing in the file whatever its offset says: anything else would let bytes pass
  // unhashed.
  if (start < headers_size_ || std::uint64_t{start} + size != file_.size()) {
    return fail(Errc::corrupt, "the certificate table ({:#x} bytes at {:#x}) does not end with the file at {:#x}", size,
                start, file_.size());
  }
  certificates_ = {.offset = start, .size = size};
  return {};
}

Result<> PeImage::parse_sections(std::uint64_t table_offset, std::uint16_t count) {
  if (count > PeLimits::sections) {
    return fail(Errc::unsupported, "{} sections are more than the limit of {}", count, PeLimits::sections);
  }
  sections_.reserve(count);
  for (std::uint16_t i = 0; i < count; ++i) {
    ASTERISM_TRY(auto section, read_section(file_, table_offset + section_entry_bytes * i));
    const std::string label = printable(section.name);
    if (section.raw_size > 0) {
      ASTERISM_CHECK(file_.sub(section.raw_offset, section.raw_size, std::format("the data of section '{}'", label)));
      if (section.raw_offset < headers_size_ || section.virtual_address < headers_size_) {
        return fail(Errc::corrupt, "section '{}' (header at offset {:#x}) overlaps the headers", label,
                    section.header_offset);
      }
    }
    if (section.virtual_size > PeLimits::virtual_size_bytes ||
        section.virtual_size - section.loaded_file_bytes() > PeLimits::zero_fill_bytes) {
      return fail(Errc::unsupported,
                  "section '{}' (header at offset {:#x}) claims {:#x} bytes of memory for {:#x} of data", label,
                  section.header_offset, section.virtual_size, section.raw_size);
    }
    if (std::uint64_t{section.virtual_address} + section.virtual_size > image_size_) {
      return fail(Errc::corrupt, "section '{}' (header at offset {:#x}) ends behind SizeOfImage {:#x}", label,
                  section.header_offset, image_size_);
    }
    sections_.push_back(std::move(section));
  }
  return {};
}

Result<> PeImage::check_overlaps() const {
  struct Claim {
    std::uint64_t start, end;
    const PeSection* section;
  };
  const auto refuse_overlap = [](std::vector<Claim>& claims, std::string_view where) -> Result<> {
    std::ranges::sort(claims, {}, &Claim::start);
    for (std::size_t i = 1; i < claims.size(); ++i) {
      if (claims[i].start < claims[i - 1].end) {
        return fail(Errc::corrupt, "sections '{}' and '{}' overlap in {} at {:#x}",
                    printable(claims[i - 1].section->name), printable(claims[i].section->name), where, claims[i].start);
      }
    }
    return {};
  };
  std::vector<Claim> in_file;
  std::vector<Claim> in_memory;
  for (const PeSection& s : sections_) {
    if (s.raw_size > 0) in_file.push_back({s.raw_offset, std::uint64_t{s.raw_offset} + s.raw_size, &s});
    if (s.virtual_size > 0)
      in_memory.push_back({s.virtual_address, std::uint64_t{s.virtual_address} + s.virtual_size, &s});
  }
  ASTERISM_CHECK(refuse_overlap(in_file, "the file"));
  if (certificates_.size > 0 && !in_file.empty() && in_file.back().end > certificates_.offset) {
    return fail(Errc::corrupt, "section '{}' overlaps the certificate table at {:#x}",
                printable(in_file.back().section->name), certificates_.offset);
  }
  return refuse_overlap(in_memory, "memory");
}

Bytes PeImage::loaded_bytes(const PeSection& section) const {
  return section.raw_size == 0 ? Bytes{} : file_.bytes().subspan(section.raw_offset, section.loaded_file_bytes());
}

}  // namespace asterism::efi
