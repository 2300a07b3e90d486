// SPDX-License-Identifier: Apache-2.0
#include "efi/variable_store.hpp"

#include <algorithm>

#include "efi/utf16.hpp"

namespace asterism::efi {
namespace {

constexpr Guid nv_data_volume{"fff12b8d-7696-4c8b-a985-2747075b4f50"};
constexpr Guid authenticated_store{"aaf32c78-947b-439a-a180-2e144ec37792"};
constexpr std::uint32_t volume_signature = 0x4856465f;  // "_FVH"
constexpr std::uint8_t store_formatted = 0x5a;
constexpr std::uint8_t store_healthy = 0xfe;
constexpr std::uint64_t store_header_bytes = 28;
constexpr std::uint64_t variable_header_bytes = 60;
constexpr std::uint16_t variable_start = 0x55aa;
constexpr std::uint8_t state_added = 0x3f;
constexpr std::uint8_t state_in_deletion = 0x3e;  // added, and a successor is being written
constexpr std::size_t variables_max = 4096;

std::string name_of(Bytes raw) {
  std::u16string text;
  for (std::size_t i = 0; i + 1 < raw.size(); i += 2) {
    const auto unit =
        static_cast<char16_t>(std::to_integer<unsigned>(raw[i]) | (std::to_integer<unsigned>(raw[i + 1]) << 8));
    if (unit == 0) break;
    text += unit;
  }
  return utf16_to_utf8(text);
}

struct Slot {
  Variable variable;
  std::uint8_t state = 0;
  std::uint64_t next = 0;
};

Result<Slot> read_slot(const ByteView& store, std::uint64_t at) {
  Slot slot;
  ASTERISM_TRY(const auto header, store.sub(at, variable_header_bytes, "a variable header"));
  ASTERISM_TRY(slot.state, header.u8(2, "State"));
  ASTERISM_TRY(slot.variable.attributes, header.u32(4, "Attributes"));
  ASTERISM_TRY(const std::uint64_t name_size, header.u32(36, "NameSize"));
  ASTERISM_TRY(const std::uint64_t data_size, header.u32(40, "DataSize"));
  ASTERISM_TRY(slot.variable.vendor, Guid::read(header, 44, "VendorGuid"));
  ASTERISM_TRY(const auto name, store.sub(at + variable_header_bytes, name_size, "a variable's name"));
  ASTERISM_TRY(const auto data, store.sub(at + variable_header_bytes + name_size, data_size, "a variable's data"));
  slot.variable.name = name_of(name.bytes());
  slot.variable.data = data.bytes();
  slot.next = (at + variable_header_bytes + name_size + data_size + 3) / 4 * 4;
  return slot;
}

}  // namespace

Result<std::vector<Variable>> read_variable_store(const ByteView& file) {
  ASTERISM_TRY(const auto volume_type, Guid::read(file, 16, "the firmware volume's type"));
  ASTERISM_TRY(const auto signature, file.u32(40, "the firmware volume's signature"));
  ASTERISM_TRY(const std::uint64_t volume_header, file.u16(48, "the firmware volume's header size"));
  if (signature != volume_signature || volume_type != nv_data_volume) {
    return fail(Errc::corrupt, "no variable store: no NV data firmware volume at offset 0x0");
  }
  ASTERISM_TRY(const auto store_type, Guid::read(file, volume_header, "the variable store's type"));
  ASTERISM_TRY(const std::uint64_t store_size, file.u32(volume_header + 16, "the variable store's size"));
  ASTERISM_TRY(const auto format, file.u8(volume_header + 20, "the variable store's format"));
  ASTERISM_TRY(const auto health, file.u8(volume_header + 21, "the variable store's state"));
  if (store_type != authenticated_store) {
    return fail(Errc::unsupported, "variable store of type {} (only authenticated stores are supported)",
                store_type.to_string());
  }
  if (format != store_formatted || health != store_healthy) {
    return fail(Errc::corrupt, "variable store at offset {:#x}: format {:#x}, state {:#x}", volume_header, format,
                health);
  }
  ASTERISM_TRY(const auto store, file.sub(volume_header, store_size, "the variable store"));

  std::vector<Slot> live;
  for (std::uint64_t at = store_header_bytes; at + variable_header_bytes <= store.size();) {
    ASTERISM_TRY(const auto start, store.u16(at, "StartId"));
    if (start != variable_start) break;
    ASTERISM_TRY(auto slot, read_slot(store, at));
    at = slot.next;
    if (slot.state != state_added && slot.state != state_in_deletion) continue;
    if (live.size() >= variables_max) return fail(Errc::unsupported, "more than {} variables", variables_max);
    const auto same = std::ranges::find_if(live, [&](const Slot& other) {
      return other.variable.vendor == slot.variable.vendor && other.variable.name == slot.variable.name;
    });
    if (same == live.end()) {
      live.push_back(std::move(slot));
    } else if (same->state == state_in_deletion && slot.state == state_added) {
      *same = std::move(slot);
    } else if (same->state == state_added && slot.state == state_added) {
      return fail(Errc::corrupt, "variable store: '{}' stands twice", excerpt(slot.variable.name));
    }
  }
  std::vector<Variable> variables;
  variables.reserve(live.size());
  for (Slot& slot : live)
    variables.push_back(std::move(slot.variable));
  return variables;
}

}  // namespace asterism::efi
