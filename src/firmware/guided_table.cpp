// SPDX-License-Identifier: Apache-2.0
#include "firmware/guided_table.hpp"

#include <algorithm>

namespace asterism::firmware {
namespace {

constexpr Guid footer{"96b582de-1fb2-45f7-baea-a366c55a082d"};
constexpr std::uint64_t bytes_behind_table = 32;
constexpr std::uint64_t entry_bytes_min = 2 + Guid::size_bytes;
constexpr std::size_t entries_max = 64;

}  // namespace

Result<GuidedTable> GuidedTable::parse(const ByteView& file) {
  GuidedTable table;
  if (file.size() < bytes_behind_table + entry_bytes_min) return table;
  const std::uint64_t end = file.size() - bytes_behind_table;
  ASTERISM_TRY(const auto last, Guid::read(file, end - Guid::size_bytes, "the footer's GUID"));
  if (last != footer) return table;
  ASTERISM_TRY(const std::uint64_t size, file.u16(end - entry_bytes_min, "the table's size"));
  if (size < entry_bytes_min || size > end) {
    return fail(Errc::corrupt, "the GUIDed table that ends at {:#x} says that it has {} bytes", end, size);
  }
  const std::uint64_t start = end - size;
  for (std::uint64_t at = end - entry_bytes_min; at > start;) {
    if (at - start < entry_bytes_min) {
      return fail(Errc::corrupt, "{} bytes are left at {:#x} of the GUIDed table, too few for an entry", at - start,
                  start);
    }
    ASTERISM_TRY(const auto guid, Guid::read(file, at - Guid::size_bytes, "an entry's GUID"));
    ASTERISM_TRY(const std::uint64_t entry_size, file.u16(at - entry_bytes_min, "an entry's size"));
    if (entry_size < entry_bytes_min || entry_size > at - start) {
      return fail(Errc::corrupt, "entry {} that ends at {:#x} says that it has {} bytes", guid.to_string(), at,
                  entry_size);
    }
    if (table.find(guid)) return fail(Errc::corrupt, "entry {} stands twice in the GUIDed table", guid.to_string());
    if (table.entries_.size() >= entries_max) {
      return fail(Errc::unsupported, "the GUIDed table has more than {} entries", entries_max);
    }
    ASTERISM_TRY(const auto data, file.sub(at - entry_size, entry_size - entry_bytes_min, "an entry's data"));
    table.entries_.push_back({.guid = guid, .data = data});
    at -= entry_size;
  }
  return table;
}

const ByteView* GuidedTable::find(const Guid& guid) const noexcept {
  const auto found = std::ranges::find(entries_, guid, &GuidedEntry::guid);
  return found == entries_.end() ? nullptr : &found->data;
}

}  // namespace asterism::firmware
