// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "common/bytes.hpp"
#include "efi/gpt.hpp"
#include "efi/utf16.hpp"

namespace asterism::testing {

/// CRC-32 by the definition, one bit at a time: another way than the code under test.
inline std::uint32_t slow_crc32(Bytes data) {
  std::uint32_t crc = ~0U;
  for (const std::byte b : data) {
    crc ^= std::to_integer<std::uint32_t>(b);
    for (int i = 0; i < 8; ++i)
      crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320U : 0U);
  }
  return ~crc;
}

inline void put_le(std::vector<std::byte>& data, std::size_t at, std::uint64_t value, std::size_t width) {
  std::vector<std::byte> bytes;
  append_le(bytes, value, width);
  std::ranges::copy(bytes, data.begin() + static_cast<std::ptrdiff_t>(at));
}

/// Writes both checksums of a GPT with 4 entries of 128 bytes at sector 2.
inline void seal_gpt(std::vector<std::byte>& disk, std::size_t sector = 512) {
  put_le(disk, sector + 88, slow_crc32(Bytes{disk}.subspan(2 * sector, 4 * 128)), 4);
  put_le(disk, sector + 16, 0, 4);
  put_le(disk, sector + 16, slow_crc32(Bytes{disk}.subspan(sector, 92)), 4);
}

/// A disk with one ESP (sectors 8 to the end but eight) and one unused table of 4 entries.
inline std::vector<std::byte> make_disk(Bytes esp, std::size_t sector = 512) {
  const std::size_t esp_sectors = (esp.size() + sector - 1) / sector;
  std::vector<std::byte> disk((8 + std::max<std::size_t>(esp_sectors, 1) + 8) * sector);
  std::ranges::copy(as_bytes("EFI PART"), disk.begin() + static_cast<std::ptrdiff_t>(sector));
  put_le(disk, sector + 8, 0x00010000, 4);
  put_le(disk, sector + 12, 92, 4);
  put_le(disk, sector + 24, 1, 8);
  put_le(disk, sector + 72, 2, 8);
  put_le(disk, sector + 80, 4, 4);
  put_le(disk, sector + 84, 128, 4);
  const std::size_t entry = 2 * sector;
  std::ranges::copy(efi::esp_partition_type.bytes, disk.begin() + static_cast<std::ptrdiff_t>(entry));
  disk[entry + 16] = std::byte{1};
  put_le(disk, entry + 32, 8, 8);
  put_le(disk, entry + 40, 8 + std::max<std::size_t>(esp_sectors, 1) - 1, 8);
  std::ranges::copy(efi::utf16_bytes(u"esp", false), disk.begin() + static_cast<std::ptrdiff_t>(entry + 56));
  std::ranges::copy(esp, disk.begin() + static_cast<std::ptrdiff_t>(8 * sector));
  seal_gpt(disk, sector);
  return disk;
}

}  // namespace asterism::testing
