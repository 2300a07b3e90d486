// SPDX-License-Identifier: Apache-2.0
// Partition tables. Checksums are made right, or nothing behind them would ever be reached.
#include <algorithm>
#include <span>
#include <vector>

#include "contract.hpp"
#include "efi/gpt.hpp"

using namespace asterism;
using testing::require;

namespace {

std::uint32_t crc32(Bytes data) {
  std::uint32_t crc = ~0U;
  for (const std::byte b : data) {
    crc ^= std::to_integer<std::uint32_t>(b);
    for (int i = 0; i < 8; ++i)
      crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320U : 0U);
  }
  return ~crc;
}

void put_u32(std::vector<std::byte>& disk, std::size_t at, std::uint32_t value) {
  std::vector<std::byte> bytes;
  append_le(bytes, value, 4);
  std::ranges::copy(bytes, disk.begin() + static_cast<std::ptrdiff_t>(at));
}

void seal(std::vector<std::byte>& disk) {
  const ByteView view{disk};
  const auto table = view.u64(512 + 72, "").value_or(0);
  const auto size = std::uint64_t{view.u32(512 + 80, "").value_or(0)} * view.u32(512 + 84, "").value_or(0);
  if (table > disk.size() / 512 || size > 1 << 18) return;
  const auto entries = view.sub(table * 512, size, "");
  const auto header = view.sub(512, std::min<std::uint64_t>(view.u32(512 + 12, "").value_or(0), 512), "");
  if (!entries || !header || header->size() < 92) return;
  put_u32(disk, 512 + 88, crc32(entries->bytes()));
  put_u32(disk, 512 + 16, 0);
  put_u32(disk, 512 + 16, crc32(header->bytes()));
}

void check(Bytes disk) {
  const auto partitions = efi::read_gpt(ByteView{disk});
  if (!partitions) return testing::require_refusal(partitions.error());
  std::uint64_t total = 0;
  for (const efi::Partition& partition : *partitions) {
    require(partition.size > 0 && partition.offset > 0, "a partition has a place");
    require(partition.offset + partition.size <= disk.size(), "a partition lies on the disk");
    total += partition.size;
  }
  require(total <= disk.size(), "partitions do not overlap");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input = std::as_bytes(std::span{data, size});
  check(input);
  std::vector<std::byte> disk{input.begin(), input.end()};
  if (disk.size() >= 2048) {
    seal(disk);
    check(disk);
  }
  return 0;
}
