// SPDX-License-Identifier: Apache-2.0
#include "firmware/igvm.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "firmware/snp_metadata.hpp"

namespace asterism::firmware {
namespace {

constexpr std::uint32_t magic = 0x4d564749;  // "IGVM"
constexpr std::uint64_t fixed_bytes_1 = 24;
constexpr std::uint64_t fixed_bytes_2 = 32;
constexpr std::uint64_t checksum_offset = 20;
constexpr std::uint32_t architecture_x64 = 0;
constexpr std::uint64_t alignment = 8;
constexpr std::uint64_t large_page_bytes = 2ULL << 20;
constexpr std::uint8_t platform_type_last = 5;

constexpr std::uint32_t flag_large = 1;
constexpr std::uint32_t flag_unmeasured = 2;

constexpr std::uint16_t data_normal = 0;
constexpr std::uint16_t data_secrets = 1;
constexpr std::uint16_t data_cpuid = 2;
constexpr std::uint16_t data_cpuid_xf = 3;

/// Headers by type, and how long their body is; 0 where it varies.
struct HeaderRule {
  std::uint32_t type;
  std::uint32_t bytes;
};

constexpr std::uint32_t type_platform = 0x1;
constexpr std::uint32_t type_parameter_area = 0x301;
constexpr std::uint32_t type_page = 0x302;
constexpr std::uint32_t type_parameter_insert = 0x303;
constexpr std::uint32_t type_context = 0x304;
constexpr std::uint32_t type_id_block = 0x30b;

constexpr HeaderRule rules[] = {
    {type_platform, 16},          // supported platform
    {0x101, 16},                  // guest policy
    {0x102, 0},                   // relocatable region
    {0x103, 0},                   // page table relocation
    {type_parameter_area, 16},    //
    {type_page, 24},              //
    {type_parameter_insert, 16},  //
    {type_context, 20},           //
    {0x305, 24},                  // required memory
    {0x307, 8},                   // VP count
    {0x308, 8},                   // SRAT
    {0x309, 8},                   // MADT
    {0x30a, 8},                   // MMIO ranges
    {type_id_block, 0},           //
    {0x30c, 8},                   // memory map
    {0x30d, 0},                   // error range
    {0x30e, 8},                   // command line
    {0x30f, 8},                   // SLIT
    {0x310, 8},                   // PPTT
    {0x311, 0},                   // VBS measurement
    {0x312, 8},                   // device tree
    {0x313, 8},                   // environment
};

constexpr std::size_t id_block_bytes_min = 56;
constexpr std::size_t launch_digest_bytes = 48;

constexpr auto crc_table = [] {
  constexpr std::uint32_t polynomial = 0xedb88320U;
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit)
      value = (value & 1) != 0 ? (value >> 1) ^ polynomial : value >> 1;
    table.at(i) = value;
  }
  return table;
}();

std::uint32_t crc_add(std::uint32_t crc, Bytes data) {
  for (const std::byte b : data)
    crc = crc_table[(crc ^ std::to_integer<std::uint32_t>(b)) & 0xff] ^ (crc >> 8);
  return crc;
}

/// CRC-32 (IEEE 802.3) of both headers, the checksum itself counted as zero.
std::uint32_t header_crc(Bytes fixed, Bytes variable) {
  constexpr std::array<std::byte, 4> zeros{};
  std::uint32_t crc = crc_add(~0U, fixed.first(checksum_offset));
  crc = crc_add(crc, zeros);
  crc = crc_add(crc, fixed.subspan(checksum_offset + zeros.size()));
  return ~crc_add(crc, variable);
}

}  // namespace

std::string_view to_string(IgvmPlatformType type) noexcept {
  constexpr std::array<std::string_view, 6> names{"native", "vsm-isolation", "sev-snp", "tdx", "sev", "sev-es"};
  const auto index = static_cast<std::size_t>(type);
  return index < names.size() ? names.at(index) : "unknown";
}

Result<IgvmFile> IgvmFile::parse(const ByteView& file) {
  ASTERISM_TRY(const auto found, file.u32(0, "IGVM magic"));
  ASTERISM_TRY(const auto version, file.u32(4, "IGVM version"));
  ASTERISM_TRY(const std::uint64_t offset, file.u32(8, "offset of the variable headers"));
  ASTERISM_TRY(const std::uint64_t size, file.u32(12, "size of the variable headers"));
  ASTERISM_TRY(const std::uint64_t total, file.u32(16, "size of the file"));
  ASTERISM_TRY(const auto checksum, file.u32(checksum_offset, "checksum"));
  if (found != magic) return fail(Errc::corrupt, "no 'IGVM' at offset 0x0");
  if (version != 1 && version != 2) return fail(Errc::unsupported, "IGVM file of version {}", version);
  if (file.size() > file_bytes_max) return fail(Errc::unsupported, "IGVM file of {} bytes", file.size());
  const std::uint64_t fixed_bytes = version == 1 ? fixed_bytes_1 : fixed_bytes_2;
  if (version == 2) {
    ASTERISM_TRY(const auto architecture, file.u32(24, "architecture"));
    ASTERISM_TRY(const auto page_size, file.u32(28, "page size"));
    if (architecture != architecture_x64) return fail(Errc::unsupported, "IGVM file for architecture {}", architecture);
    if (page_size != page_bytes) return fail(Errc::unsupported, "IGVM file with pages of {} bytes", page_size);
  }
  if (total != file.size()) return fail(Errc::corrupt, "IGVM file says {} bytes and has {}", total, file.size());
  if (offset < fixed_bytes || offset % alignment != 0) {
    return fail(Errc::corrupt, "IGVM variable headers at offset {:#x}", offset);
  }
  ASTERISM_TRY(const auto fixed, file.sub(0, fixed_bytes, "the fixed header"));
  ASTERISM_TRY(const auto headers, file.sub(offset, size, "the variable headers"));
  if (header_crc(fixed.bytes(), headers.bytes()) != checksum) {
    return fail(Errc::corrupt, "the checksum of the IGVM headers is not {:#x}", checksum);
  }
  IgvmFile igvm;
  igvm.file_ = file;
  ASTERISM_CHECK(igvm.read_headers(headers));
  if (igvm.platforms_.empty()) return fail(Errc::corrupt, "the IGVM file names no platform");
  return igvm;
}

Result<> IgvmFile::read_headers(const ByteView& headers) {
  for (std::uint64_t at = 0; at < headers.size();) {
    ASTERISM_TRY(const auto type, headers.u32(at, "type of a header"));
    ASTERISM_TRY(const std::uint64_t length, headers.u32(at + 4, "length of a header"));
    ASTERISM_TRY(const auto body, headers.sub(at + alignment, length, "a header"));
    ASTERISM_CHECK(read_header(type, body), "IGVM header {:#x} at offset {:#x}", type, headers.origin() + at);
    at += alignment + (length + alignment - 1) / alignment * alignment;
  }
  return {};
}

Result<> IgvmFile::read_header(std::uint32_t type, const ByteView& body) {
  const auto* rule = std::ranges::find(rules, type, &HeaderRule::type);
  if (rule == std::end(rules)) return fail(Errc::unsupported, "unknown type");
  if (rule->bytes != 0 && body.size() != rule->bytes) {
    return fail(Errc::corrupt, "{} bytes, not {}", body.size(), rule->bytes);
  }
  if (type == type_platform) return read_platform(body);
  if (type == type_parameter_area) return read_parameter_area(body);
  if (type == type_page) return read_page(body);
  if (type == type_parameter_insert) return read_parameter_insert(body);
  if (type == type_context) return read_context(body);
  if (type == type_id_block) return read_id_block(body);
  return {};
}

Result<> IgvmFile::read_platform(const ByteView& body) {
  IgvmPlatform platform;
  ASTERISM_TRY(platform.mask, body.u32(0, "mask"));
  ASTERISM_TRY(const auto type, body.u8(5, "platform"));
  ASTERISM_TRY(platform.version, body.u16(6, "version"));
  if (type > platform_type_last) return fail(Errc::unsupported, "unknown platform {}", type);
  if (!std::has_single_bit(platform.mask)) return fail(Errc::corrupt, "mask {:#x} is not one bit", platform.mask);
  if (std::ranges::contains(platforms_, platform.mask, &IgvmPlatform::mask)) {
    return fail(Errc::corrupt, "mask {:#x} stands for two platforms", platform.mask);
  }
  platform.type = static_cast<IgvmPlatformType>(type);
  if (mask_of(platform.type)) return fail(Errc::corrupt, "platform {} stands twice", to_string(platform.type));
  platforms_.push_back(platform);
  return {};
}

Result<> IgvmFile::read_parameter_area(const ByteView& body) {
  Area area;
  ASTERISM_TRY(area.size_bytes, body.u64(0, "size"));
  ASTERISM_TRY(area.index, body.u32(8, "index"));
  if (area.size_bytes == 0 || area.size_bytes % page_bytes != 0) {
    return fail(Errc::corrupt, "{:#x} bytes are not whole pages", area.size_bytes);
  }
  if (std::ranges::contains(areas_, area.index, &Area::index)) {
    return fail(Errc::corrupt, "area {} stands twice", area.index);
  }
  areas_.push_back(area);
  return {};
}

Result<> IgvmFile::read_page(const ByteView& body) {
  IgvmDirective page;
  ASTERISM_TRY(page.gpa, body.u64(0, "address"));
  ASTERISM_TRY(page.mask, body.u32(8, "mask"));
  ASTERISM_TRY(const std::uint64_t offset, body.u32(12, "offset"));
  ASTERISM_TRY(const auto flags, body.u32(16, "flags"));
  ASTERISM_TRY(const auto type, body.u16(20, "type of data"));
  if ((flags & ~(flag_large | flag_unmeasured)) != 0) return fail(Errc::unsupported, "unknown flags {:#x}", flags);
  page.unmeasured = (flags & flag_unmeasured) != 0;
  page.size_bytes = (flags & flag_large) != 0 ? large_page_bytes : page_bytes;
  if (type > data_cpuid_xf) return fail(Errc::unsupported, "unknown type of data {:#x}", type);
  page.content = type == data_normal    ? IgvmContent::normal
                 : type == data_secrets ? IgvmContent::secrets
                                        : IgvmContent::cpuid;
  static_assert(data_cpuid > data_secrets);
  if (offset != 0) {
    ASTERISM_TRY(const auto data, file_.sub(offset, page.size_bytes, "a page"));
    page.data = data.bytes();
  }
  return add(page);
}

Result<> IgvmFile::read_parameter_insert(const ByteView& body) {
  IgvmDirective insert{.content = IgvmContent::parameters, .data = {}, .unmeasured = true};
  ASTERISM_TRY(insert.gpa, body.u64(0, "address"));
  ASTERISM_TRY(insert.mask, body.u32(8, "mask"));
  ASTERISM_TRY(const auto index, body.u32(12, "area"));
  const auto area = std::ranges::find(areas_, index, &Area::index);
  if (area == areas_.end()) return fail(Errc::corrupt, "there is no parameter area {}", index);
  insert.size_bytes = area->size_bytes;
  return add(insert);
}

Result<> IgvmFile::read_context(const ByteView& body) {
  IgvmDirective context{.content = IgvmContent::processor_context, .size_bytes = page_bytes, .data = {}};
  ASTERISM_TRY(context.gpa, body.u64(0, "address"));
  ASTERISM_TRY(context.mask, body.u32(8, "mask"));
  ASTERISM_TRY(const std::uint64_t offset, body.u32(12, "offset"));
  ASTERISM_TRY(context.vp_index, body.u16(16, "processor"));
  ASTERISM_TRY(const auto data, file_.sub(offset, page_bytes, "a processor's state"));
  context.data = data.bytes();
  return add(context);
}

Result<> IgvmFile::read_id_block(const ByteView& body) {
  ASTERISM_CHECK(body.sub(0, id_block_bytes_min, "an ID block"));
  IgvmIdBlock block;
  ASTERISM_TRY(block.mask, body.u32(0, "mask"));
  ASTERISM_TRY(const auto digest, body.sub(8, launch_digest_bytes, "the launch digest"));
  block.launch_digest = digest.bytes();
  id_blocks_.push_back(block);
  return {};
}

Result<> IgvmFile::add(const IgvmDirective& directive) {
  if (directive.gpa % page_bytes != 0) return fail(Errc::corrupt, "address {:#x} is off a page", directive.gpa);
  std::uint32_t known = 0;
  for (const IgvmPlatform& platform : platforms_)
    known |= platform.mask;
  if (directive.mask == 0 || (directive.mask & ~known) != 0) {
    return fail(Errc::corrupt, "mask {:#x} names a platform that is not there", directive.mask);
  }
  if (directive.size_bytes > memory_bytes_max - memory_bytes_ || directive.gpa > ~std::uint64_t{0} - memory_bytes_max) {
    return fail(Errc::unsupported, "more than {:#x} bytes are loaded", memory_bytes_max);
  }
  memory_bytes_ += directive.size_bytes;
  directives_.push_back(directive);
  return {};
}

std::optional<std::uint32_t> IgvmFile::mask_of(IgvmPlatformType type) const noexcept {
  const auto found = std::ranges::find(platforms_, type, &IgvmPlatform::type);
  return found == platforms_.end() ? std::nullopt : std::optional{found->mask};
}

}  // namespace asterism::firmware
