// SPDX-License-Identifier: Apache-2.0
#include "efi/gpt.hpp"

#include <algorithm>
#include <array>

#include "efi/utf16.hpp"

namespace asterism::efi {
namespace {

constexpr std::uint64_t signature = 0x5452415020494645;  // "EFI PART"
constexpr std::uint32_t revision_1_0 = 0x00010000;
constexpr std::uint32_t header_bytes_min = 92;
constexpr std::uint32_t entries_max = 1024;
constexpr std::uint32_t entry_bytes_min = 128;
constexpr std::uint32_t entry_bytes_max = 4096;
constexpr std::size_t label_bytes = 72;

constexpr auto crc32_table = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit)
      value = (value & 1) != 0 ? (value >> 1) ^ 0xedb88320U : value >> 1;
    table.at(i) = value;
  }
  return table;
}();

/// CRC-32 (IEEE 802.3) of data in which `zero_bytes` bytes from `zero_at` count as zero.
std::uint32_t crc32(Bytes data, std::size_t zero_at = 0, std::size_t zero_bytes = 0) {
  std::uint32_t crc = ~0U;
  for (std::size_t i = 0; i < data.size(); ++i) {
    const std::byte b = i >= zero_at && i < zero_at + zero_bytes ? std::byte{0} : data[i];
    crc = crc32_table[(crc ^ std::to_integer<std::uint32_t>(b)) & 0xff] ^ (crc >> 8);
  }
  return ~crc;
}

Result<std::uint64_t> sector_size(const ByteView& disk) {
  for (const std::uint64_t size : {512U, 4096U}) {
    const auto found = disk.u64(size, "GPT signature");
    if (found && *found == signature) return size;
  }
  return fail(Errc::corrupt, "no GPT: no 'EFI PART' at offset 0x200 or 0x1000");
}

std::string read_label(Bytes field) {
  std::u16string text;
  for (std::size_t i = 0; i + 1 < field.size(); i += 2) {
    const auto unit =
        static_cast<char16_t>(std::to_integer<unsigned>(field[i]) | (std::to_integer<unsigned>(field[i + 1]) << 8));
    if (unit == 0) break;
    text += unit;
  }
  return utf16_to_utf8(text);
}

Result<Partition> read_entry(const ByteView& entry, std::uint64_t disk_size, std::uint64_t sector) {
  Partition partition;
  ASTERISM_TRY(partition.type, Guid::read(entry, 0, "partition type"));
  if (partition.type == Guid{}) return partition;
  ASTERISM_TRY(partition.unique, Guid::read(entry, 16, "partition GUID"));
  ASTERISM_TRY(const auto first, entry.u64(32, "first sector"));
  ASTERISM_TRY(const auto last, entry.u64(40, "last sector"));
  const std::uint64_t sectors = disk_size / sector;
  if (first == 0 || last < first || last >= sectors) {
    return fail(Errc::corrupt, "GPT entry at offset {:#x}: sectors {} to {} are not inside the disk's {}",
                entry.origin(), first, last, sectors);
  }
  partition.offset = first * sector;
  partition.size = (last - first + 1) * sector;
  partition.label = read_label(entry.bytes().subspan(56, label_bytes));
  return partition;
}

Result<> refuse_overlaps(const std::vector<Partition>& partitions) {
  std::vector<const Partition*> order;
  order.reserve(partitions.size());
  for (const Partition& p : partitions)
    order.push_back(&p);
  std::ranges::sort(order, {}, &Partition::offset);
  for (std::size_t i = 1; i < order.size(); ++i) {
    if (order[i]->offset < order[i - 1]->offset + order[i - 1]->size) {
      return fail(Errc::corrupt, "GPT partitions '{}' and '{}' overlap at offset {:#x}", printable(order[i - 1]->label),
                  printable(order[i]->label), order[i]->offset);
    }
  }
  return {};
}

}  // namespace

Result<std::vector<Partition>> read_gpt(const ByteView& disk) {
  ASTERISM_TRY(const auto sector, sector_size(disk));
  ASTERISM_TRY(const auto header, disk.sub(sector, sector, "the GPT header"));
  ASTERISM_TRY(const auto revision, header.u32(8, "GPT revision"));
  ASTERISM_TRY(const auto header_size, header.u32(12, "GPT header size"));
  ASTERISM_TRY(const auto header_crc, header.u32(16, "GPT header checksum"));
  ASTERISM_TRY(const auto own_sector, header.u64(24, "GPT header's own sector"));
  ASTERISM_TRY(const auto table_sector, header.u64(72, "GPT table sector"));
  ASTERISM_TRY(const auto count, header.u32(80, "GPT entry count"));
  ASTERISM_TRY(const auto entry_size, header.u32(84, "GPT entry size"));
  ASTERISM_TRY(const auto table_crc, header.u32(88, "GPT table checksum"));
  if (revision != revision_1_0 || header_size < header_bytes_min || header_size > sector || own_sector != 1) {
    return fail(Errc::corrupt, "GPT header at offset {:#x}: revision {:#x}, size {}, own sector {}", sector, revision,
                header_size, own_sector);
  }
  if (crc32(header.bytes().first(header_size), 16, 4) != header_crc) {
    return fail(Errc::corrupt, "GPT header at offset {:#x}: checksum does not match", sector);
  }
  if (count > entries_max || entry_size < entry_bytes_min || entry_size > entry_bytes_max || entry_size % 8 != 0) {
    return fail(Errc::unsupported, "GPT of {} entries of {} bytes (limits: {} entries, {} to {} bytes)", count,
                entry_size, entries_max, entry_bytes_min, entry_bytes_max);
  }
  if (table_sector < 2 || table_sector > disk.size() / sector) {
    return fail(Errc::corrupt, "GPT table at sector {} is not inside the disk", table_sector);
  }
  ASTERISM_TRY(const auto table, disk.sub(table_sector * sector, std::uint64_t{count} * entry_size, "the GPT table"));
  if (crc32(table.bytes()) != table_crc) {
    return fail(Errc::corrupt, "GPT table at offset {:#x}: checksum does not match", table.origin());
  }
  std::vector<Partition> partitions;
  for (std::uint32_t i = 0; i < count; ++i) {
    ASTERISM_TRY(const auto entry, table.sub(std::uint64_t{i} * entry_size, entry_size, "a GPT entry"));
    ASTERISM_TRY(auto partition, read_entry(entry, disk.size(), sector));
    if (partition.type != Guid{}) partitions.push_back(std::move(partition));
  }
  ASTERISM_CHECK(refuse_overlaps(partitions));
  return partitions;
}

}  // namespace asterism::efi
