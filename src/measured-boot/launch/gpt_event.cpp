// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/launch/gpt_event.hpp"

#include <algorithm>

namespace asterism::measured_boot {
namespace {

constexpr std::uint64_t gpt_signature = 0x5452415020494645;  // "EFI PART"
constexpr std::uint64_t header_bytes = 92;
constexpr std::uint64_t entry_bytes_min = 128;
constexpr std::uint64_t entry_bytes_max = 4096;
constexpr std::uint32_t entries_max = 1024;
constexpr std::size_t guid_bytes = 16;

Result<std::uint64_t> sector_bytes(const ByteView& disk) {
  for (const std::uint64_t size : {512U, 4096U}) {
    const auto found = disk.u64(size, "GPT signature");
    if (found && *found == gpt_signature) return size;
  }
  return fail(Errc::corrupt, "no GPT: no 'EFI PART' at offset 0x200 or 0x1000");
}

}  // namespace

Result<std::vector<std::byte>> gpt_event_data(const ByteView& disk) {
  ASTERISM_TRY(const auto sector, sector_bytes(disk));
  ASTERISM_TRY(const auto header, disk.sub(sector, header_bytes, "the GPT's header"));
  ASTERISM_TRY(const auto table_sector, header.u64(72, "place of the GPT's entries"));
  ASTERISM_TRY(const auto count, header.u32(80, "number of GPT entries"));
  ASTERISM_TRY(const std::uint64_t entry_size, header.u32(84, "size of GPT entries"));
  if (count > entries_max || entry_size < entry_bytes_min || entry_size > entry_bytes_max) {
    return fail(Errc::unsupported, "GPT with {} entries of {} bytes", count, entry_size);
  }
  if (table_sector > disk.size() / sector) return fail(Errc::corrupt, "the GPT's entries lie behind the disk");
  ASTERISM_TRY(const auto table, disk.sub(table_sector * sector, count * entry_size, "the GPT's entries"));
  std::vector<std::byte> used;
  std::uint64_t used_count = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    ASTERISM_TRY(const auto entry, table.sub(i * entry_size, entry_size, "a GPT entry"));
    const Bytes type = entry.bytes().first(guid_bytes);
    if (std::ranges::all_of(type, [](std::byte b) { return b == std::byte{0}; })) continue;
    append(used, entry.bytes());
    ++used_count;
  }
  std::vector<std::byte> data;
  append(data, header.bytes());
  append_le(data, used_count, 8);
  append(data, used);
  return data;
}

}  // namespace asterism::measured_boot
