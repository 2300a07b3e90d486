// SPDX-License-Identifier: Apache-2.0
#include "disk-mapper/header/checker.hpp"

#include <utility>

namespace asterism::disk_mapper {
namespace {

/// Nothing where the copy is torn.
Result<std::optional<CheckedCopy>> check_copy(Bytes bytes, CopyPlace place) {
  auto copy = read_copy(bytes, place);
  if (!copy && copy.error().code() == Errc::corrupt) return std::optional<CheckedCopy>{};
  if (!copy) return std::unexpected{std::move(copy).error()};
  ASTERISM_TRY(auto metadata, read_metadata(copy->json), "{}", to_string(place));
  return CheckedCopy{.copy = *std::move(copy), .metadata = std::move(metadata)};
}

bool same_content(const CheckedCopy& a, const CheckedCopy& b) {
  return a.copy.uuid == b.copy.uuid && a.copy.json == b.copy.json && a.copy.sequence == b.copy.sequence;
}

}  // namespace

Result<CheckedHeader> check_header(Bytes metadata) {
  if (metadata.size() != metadata_bytes)
    return fail(Errc::corrupt, "a header of {} bytes, not {}", metadata.size(), metadata_bytes);
  ASTERISM_TRY(auto primary, check_copy(metadata.first(copy_bytes), CopyPlace::primary));
  ASTERISM_TRY(auto secondary, check_copy(metadata.subspan(copy_bytes), CopyPlace::secondary));
  if (!primary && !secondary) return fail(Errc::corrupt, "no LUKS2 header: neither copy has magic and checksum");
  if (!primary || !secondary) {
    return CheckedHeader{
        .current = primary ? *std::move(primary) : *std::move(secondary), .older = {}, .needs_repair = true};
  }
  if (same_content(*primary, *secondary))
    return CheckedHeader{.current = *std::move(primary), .older = {}, .needs_repair = false};

  if (primary->copy.uuid != secondary->copy.uuid) {
    return fail(Errc::unverified, "secondary header differs from the primary: UUID {}, not {}", secondary->copy.uuid,
                primary->copy.uuid);
  }
  if (primary->metadata.generation == secondary->metadata.generation) {
    return fail(Errc::unverified, "secondary header differs from the primary in the same generation {}",
                primary->metadata.generation);
  }
  if (primary->metadata.generation < secondary->metadata.generation) std::swap(primary, secondary);
  return CheckedHeader{.current = *std::move(primary), .older = std::move(secondary), .needs_repair = true};
}

Result<std::vector<std::byte>> write_metadata(const CheckedCopy& current) {
  ASTERISM_TRY(auto both, write_copy(current.copy, CopyPlace::primary));
  ASTERISM_TRY(const auto secondary, write_copy(current.copy, CopyPlace::secondary));
  append(both, secondary);
  return both;
}

}  // namespace asterism::disk_mapper
