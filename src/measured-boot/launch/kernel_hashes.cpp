// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/launch/kernel_hashes.hpp"

#include <algorithm>

#include "common/guid.hpp"
#include "firmware/snp_metadata.hpp"

namespace asterism::measured_boot {
namespace {

constexpr Guid table_guid{"9438d606-4f22-4cc9-b479-a793d411fd21"};
constexpr Guid command_line_guid{"97d02dd8-bd20-4c94-aa78-e7714d36ab2a"};
constexpr Guid initrd_guid{"44baf731-3a2f-4bd7-9af1-41e29169781d"};
constexpr Guid kernel_guid{"4de79437-abd2-427f-b835-d5b172d2045b"};
constexpr std::size_t entry_bytes = 16 + 2 + 32;
constexpr std::size_t table_bytes = 16 + 2 + 3 * entry_bytes;
constexpr std::size_t alignment = 16;

void append_entry(std::vector<std::byte>& out, const Guid& guid, const Digest& digest) {
  append(out, guid.bytes);
  append_le(out, entry_bytes, 2);
  append(out, digest.bytes());
}

}  // namespace

Result<KernelHashes> hash_kernel(Bytes kernel, Bytes initrd, std::string_view command_line) {
  static constexpr std::byte nul{0};
  KernelHashes hashes;
  ASTERISM_TRY(hashes.kernel, sha256(kernel));
  ASTERISM_TRY(hashes.initrd, sha256(initrd));
  ASTERISM_TRY(hashes.command_line, hash(HashAlgorithm::sha256, {as_bytes(command_line), Bytes{&nul, 1}}));
  return hashes;
}

std::vector<std::byte> kernel_hash_table(const KernelHashes& hashes) {
  std::vector<std::byte> table;
  append(table, table_guid.bytes);
  append_le(table, table_bytes, 2);
  append_entry(table, command_line_guid, hashes.command_line);
  append_entry(table, initrd_guid, hashes.initrd);
  append_entry(table, kernel_guid, hashes.kernel);
  table.resize((table.size() + alignment - 1) / alignment * alignment);
  return table;
}

Result<std::vector<std::byte>> kernel_hash_page(const KernelHashes& hashes, std::uint64_t table_gpa) {
  const auto table = kernel_hash_table(hashes);
  const std::uint64_t offset = table_gpa % firmware::page_bytes;
  if (offset + table.size() > firmware::page_bytes) {
    return fail(Errc::unsupported, "the kernel hashes at {:#x} do not fit one page", table_gpa);
  }
  std::vector<std::byte> page(firmware::page_bytes);
  std::ranges::copy(table, page.begin() + static_cast<std::ptrdiff_t>(offset));
  return page;
}

}  // namespace asterism::measured_boot
