// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "common/guid.hpp"
#include "event-log/decode.hpp"
#include "event-log/text.hpp"

namespace asterism::event_log {
namespace {

constexpr std::uint64_t header_bytes = 92;
constexpr std::uint64_t entry_bytes = 128;
constexpr std::uint64_t entries_max = 1024;

}  // namespace

Result<GptFacts> decode_gpt(const ByteView& data) {
  GptFacts facts;
  ASTERISM_TRY(const auto disk, Guid::read(data, 56, "GPT header's disk GUID"));
  facts.disk = disk.to_string();
  ASTERISM_TRY(const auto count, data.u64(header_bytes, "number of partitions"));
  if (count > entries_max) return fail(Errc::unsupported, "a GPT of {} partitions (limit {})", count, entries_max);
  for (std::uint64_t i = 0; i < count; ++i) {
    ASTERISM_TRY(const auto entry, data.sub(header_bytes + 8 + i * entry_bytes, entry_bytes, "a GPT entry"));
    GptEntry one;
    ASTERISM_TRY(const auto type, Guid::read(entry, 0, "partition's type"));
    ASTERISM_TRY(const auto unique, Guid::read(entry, Guid::size_bytes, "partition's GUID"));
    one.type = type.to_string();
    one.unique = unique.to_string();
    ASTERISM_TRY(one.first_sector, entry.u64(32, "first sector"));
    ASTERISM_TRY(one.last_sector, entry.u64(40, "last sector"));
    one.label = utf16_text(entry.bytes().subspan(56, 72));
    facts.partitions.push_back(std::move(one));
  }
  return facts;
}

}  // namespace asterism::event_log
