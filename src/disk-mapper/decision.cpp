// SPDX-License-Identifier: Apache-2.0
#include "disk-mapper/decision.hpp"

#include <algorithm>

#include "disk-mapper/header/copy.hpp"
#include "disk-mapper/header/zeros.hpp"

namespace asterism::disk_mapper {
namespace {

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;
/// A sector of any disk: less cannot be read past the page cache from one with sectors of 4 KiB.
constexpr std::uint64_t front_bytes = 4096;
constexpr std::uint64_t head_bytes = header_bytes + mebibyte;
constexpr std::uint64_t tail_bytes = mebibyte;
constexpr std::uint64_t smallest_disk_bytes = 64 * mebibyte;
constexpr std::string_view claim_text = "asterism: state disk, creation not finished; holds no data\n";

}  // namespace

std::vector<std::byte> preparation_claim() {
  std::vector<std::byte> sector;
  append(sector, as_bytes(claim_text));
  sector.resize(claim_bytes);
  return sector;
}

Result<DiskLook> look_at(NodeStorage& storage, const std::string& device) {
  ASTERISM_TRY(const auto size, storage.size(device));
  if (size < smallest_disk_bytes) {
    return fail(Errc::unsupported, "'{}' has {} bytes, and a state disk needs {} at least", device, size,
                smallest_disk_bytes);
  }
  ASTERISM_TRY(const auto front, storage.read(device, 0, front_bytes));
  if (std::ranges::equal(Bytes{front}.first(claim_bytes), preparation_claim())) return DiskLook::preparing;
  // Whoever has something at the very front is spared the reading of megabytes at each boot.
  if (!is_zero(front)) return DiskLook::other;
  ASTERISM_TRY(const auto head, storage.read(device, 0, head_bytes));
  ASTERISM_TRY(const auto tail, storage.read(device, size - tail_bytes, tail_bytes));
  return is_zero(head) && is_zero(tail) ? DiskLook::blank : DiskLook::other;
}

Result<Action> decide(bool has_record, DiskLook look) {
  if (has_record) return Action::open;
  if (look != DiskLook::other) return Action::create;
  return std::unexpected{Error{Errc::conflict, "it is not empty, and this node has no record of having made it"}.advise(
      "attach the disk that belongs to this node, or one that holds only zeros")};
}

}  // namespace asterism::disk_mapper
