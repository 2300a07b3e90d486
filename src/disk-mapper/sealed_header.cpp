// SPDX-License-Identifier: Apache-2.0
#include "disk-mapper/sealed_header.hpp"

#include <algorithm>
#include <iterator>

#include "disk-mapper/header/update.hpp"
#include "disk-mapper/luks.hpp"

namespace asterism::disk_mapper {
namespace {

void copy_area(std::vector<std::byte>& image, std::uint64_t offset_bytes, Bytes area) {
  std::ranges::copy(area, image.begin() + static_cast<std::ptrdiff_t>(offset_bytes));
}

/// The image with both copies as `header` says, and only the areas of its key slots.
Result<std::vector<std::byte>> clean_image(const CheckedCopy& copy, Bytes image) {
  ASTERISM_TRY(auto clean, write_metadata(copy));
  clean.resize(header_bytes);
  for (const auto& [number, slot] : copy.metadata.slots)
    copy_area(clean, slot.offset_bytes, image.subspan(slot.offset_bytes, key_slot_area_bytes));
  return clean;
}

Result<CheckedCopy> check_file(const HeaderFile& file, std::vector<std::byte>& image) {
  ASTERISM_TRY(image, file.read());
  ASTERISM_TRY(auto checked, check_header(Bytes{image}.first(metadata_bytes)), "header in memory");
  return std::move(checked.current);
}

Result<> put_token(const HeaderFile& file, const HeaderFacts& facts, std::vector<std::byte> mac) {
  Metadata metadata{.slots = {}, .generation = facts.generation, .sealed = facts.sealed, .mac = std::move(mac)};
  for (const unsigned slot : facts.node_slots)
    metadata.slots.emplace(slot, KeySlot{.offset_bytes = 0, .role = SlotRole::node});
  return set_token(file, token_json(metadata));
}

}  // namespace

Result<SealedHeader> seal_header(const HeaderFile& file, const SecretBytes& volume_key, const HeaderFacts& facts) {
  std::vector<std::byte> image;
  ASTERISM_CHECK(put_token(file, facts, {}));
  ASTERISM_TRY(const auto unsealed, check_file(file, image));
  ASTERISM_TRY(auto mac, header_mac(unsealed, image, volume_key));
  ASTERISM_CHECK(put_token(file, facts, std::move(mac)));
  ASTERISM_TRY(const auto copy, check_file(file, image));
  ASTERISM_TRY(auto clean, clean_image(copy, image));
  ASTERISM_TRY(auto checked, check_header(Bytes{clean}.first(metadata_bytes)));
  ASTERISM_TRY(auto header, authenticate(std::move(checked), clean, volume_key));
  return SealedHeader{.header = std::move(header), .image = std::move(clean)};
}

Result<CheckedHeader> read_copies(NodeStorage& storage, const std::string& device) {
  ASTERISM_TRY(const auto metadata, storage.read(device, 0, metadata_bytes));
  return check_header(metadata);
}

Result<ReadHeader> read_header(NodeStorage& storage, const std::string& device) {
  ASTERISM_TRY(auto checked, read_copies(storage, device));
  auto offsets = area_offsets(checked.current.metadata);
  // Most areas are both copies'; each is read once.
  if (checked.older) std::ranges::copy(area_offsets(checked.older->metadata), std::back_inserter(offsets));
  ReadHeader read{.checked = std::move(checked), .areas = std::vector<std::byte>(header_bytes)};
  for (const std::uint64_t offset : std::set(offsets.begin(), offsets.end())) {
    ASTERISM_TRY(const auto area, storage.read(device, offset, key_slot_area_bytes));
    copy_area(read.areas, offset, area);
  }
  return read;
}

Result<OpenedHeader> open_header(const ReadHeader& read, const SecretBytes& key) {
  ASTERISM_TRY(auto image, clean_image(read.checked.current, read.areas));
  ASTERISM_TRY(auto file, HeaderFile::make(image));
  ASTERISM_TRY(auto unlocked, unlock(file, key));
  ASTERISM_TRY(auto header, authenticate(read.checked, read.areas, unlocked.volume_key));
  return OpenedHeader{.sealed = {.header = std::move(header), .image = std::move(image)},
                      .file = std::move(file),
                      .volume_key = std::move(unlocked.volume_key),
                      .slot = unlocked.slot};
}

Result<> write_header(NodeStorage& storage, const std::string& device, const CheckedCopy* old, const SealedHeader& next,
                      HeaderExtent extent) {
  ASTERISM_TRY(const auto disk_image, storage.read(device, 0, header_bytes));
  ASTERISM_TRY(const auto writes, plan_update(old, disk_image, next.header.checked().current, next.image));
  for (const HeaderWrite& write : writes) {
    if (extent == HeaderExtent::all_but_primary && write.offset_bytes == 0) continue;
    ASTERISM_CHECK(storage.write(device, write.offset_bytes, write.bytes), "writing the {} of '{}'", write.what,
                   device);
  }
  return {};
}

}  // namespace asterism::disk_mapper
