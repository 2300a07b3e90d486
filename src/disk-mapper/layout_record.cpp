// SPDX-License-Identifier: Apache-2.0
#include "disk-mapper/layout_record.hpp"

#include <algorithm>

#include "common/digest.hpp"

namespace asterism::disk_mapper {
namespace {

constexpr std::string_view magic = "asterism state 1";
constexpr std::size_t at_sequence = 16;
constexpr std::size_t at_initialised = 24;
constexpr std::size_t at_digest = record_bytes - 32;

/// Nothing where it is no record: zeros, or a write that was cut off.
Result<std::optional<LayoutRecord>> read_record(Bytes bytes) {
  const ByteView view{bytes};
  if (!std::ranges::equal(bytes.first(magic.size()), as_bytes(magic))) return std::optional<LayoutRecord>{};
  ASTERISM_TRY(const auto digest, sha256(bytes.first(at_digest)));
  if (!std::ranges::equal(digest.bytes(), bytes.subspan(at_digest))) return std::optional<LayoutRecord>{};
  LayoutRecord record;
  ASTERISM_TRY(record.sequence, view.u64(at_sequence, "sequence"));
  ASTERISM_TRY(record.initialised_bytes, view.u64(at_initialised, "initialised bytes"));
  return record;
}

}  // namespace

Result<std::vector<std::byte>> write_record(const LayoutRecord& record) {
  std::vector<std::byte> out;
  append(out, as_bytes(magic));
  append_le(out, record.sequence, 8);
  append_le(out, record.initialised_bytes, 8);
  out.resize(at_digest);
  ASTERISM_TRY(const auto digest, sha256(out));
  append(out, digest.bytes());
  return out;
}

Result<LayoutRecord> read_records(Bytes both, std::uint64_t available_bytes) {
  if (both.size() != records_bytes) return fail(Errc::corrupt, "layout records of {} bytes", both.size());
  ASTERISM_TRY(const auto first, read_record(both.first(record_bytes)));
  ASTERISM_TRY(const auto second, read_record(both.subspan(record_bytes)));
  if (!first && !second) return fail(Errc::corrupt, "neither layout record can be read");
  const LayoutRecord newer = !second || (first && first->sequence > second->sequence) ? *first : *second;
  if (newer.initialised_bytes > available_bytes || newer.initialised_bytes % 4096 != 0) {
    return fail(Errc::corrupt, "layout record {}: {} bytes are initialised of {} that there are", newer.sequence,
                newer.initialised_bytes, available_bytes);
  }
  return newer;
}

}  // namespace asterism::disk_mapper
