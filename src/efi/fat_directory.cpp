// SPDX-License-Identifier: Apache-2.0
#include "efi/fat_directory.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "efi/utf16.hpp"

namespace asterism::efi {
namespace {

constexpr std::size_t slot_bytes = 32;
constexpr unsigned attribute_volume_label = 0x08;
constexpr unsigned attribute_directory = 0x10;
constexpr unsigned attribute_long_name = 0x0f;
constexpr unsigned last_long_slot = 0x40;
constexpr unsigned long_slots_max = 20;  // 255 characters, 13 a slot
constexpr unsigned deleted = 0xe5;
constexpr unsigned kanji_e5 = 0x05;  // stands for a real 0xe5 in the first place
constexpr unsigned lower_case_base = 0x08;
constexpr unsigned lower_case_extension = 0x10;

char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower(std::string_view text) {
  std::string out{text};
  std::ranges::transform(out, out.begin(), to_lower);
  return out;
}

/// One slot; reads are inside its 32 bytes by construction.
class Slot {
 public:
  explicit Slot(Bytes bytes) : bytes_{bytes} {}
  [[nodiscard]] unsigned u8(std::size_t at) const { return std::to_integer<unsigned>(bytes_[at]); }
  [[nodiscard]] std::uint32_t u16(std::size_t at) const { return u8(at) | (u8(at + 1) << 8); }
  [[nodiscard]] std::uint32_t u32(std::size_t at) const { return u16(at) | (u16(at + 2) << 16); }
  [[nodiscard]] unsigned attributes() const { return u8(11) & 0x3f; }
  [[nodiscard]] bool is_long_name() const { return attributes() == attribute_long_name; }

  /// Checksum of the short name that ties long-name slots to it.
  [[nodiscard]] unsigned checksum() const {
    unsigned sum = 0;
    for (std::size_t i = 0; i < 11; ++i)
      sum = (((sum & 1) << 7) + (sum >> 1) + u8(i)) & 0xff;
    return sum;
  }

  [[nodiscard]] std::u16string long_characters() const {
    static constexpr std::array<std::size_t, 13> places{1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30};
    std::u16string text;
    for (const std::size_t at : places)
      text += static_cast<char16_t>(u16(at));
    return text;
  }

  [[nodiscard]] std::string short_name() const {
    std::string base = trimmed(0, 8);
    std::string extension = trimmed(8, 3);
    if (!base.empty() && u8(0) == kanji_e5) base[0] = static_cast<char>(deleted);
    if ((u8(12) & lower_case_base) != 0) base = lower(base);
    if ((u8(12) & lower_case_extension) != 0) extension = lower(extension);
    return extension.empty() ? base : base + "." + extension;
  }

 private:
  [[nodiscard]] std::string trimmed(std::size_t at, std::size_t length) const {
    std::string text{as_text(bytes_.subspan(at, length))};
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
  }

  Bytes bytes_;
};

/// Collects the slots of one long name, which stand in descending order before their short entry.
class LongName {
 public:
  void add(const Slot& slot) {
    const unsigned order = slot.u8(0) & ~last_long_slot;
    if ((slot.u8(0) & last_long_slot) != 0) {
      clear();
      if (order == 0 || order > long_slots_max) return;
      checksum_ = slot.u8(13);
    } else if (!checksum_ || order + 1 != next_ || slot.u8(13) != *checksum_) {
      return clear();
    }
    if (order == 0) return clear();
    next_ = order;
    text_.insert(0, slot.long_characters());
  }

  [[nodiscard]] std::optional<std::string> take_for(const Slot& slot) {
    std::optional<std::string> name;
    if (checksum_ && next_ == 1 && *checksum_ == slot.checksum())
      name = utf16_to_utf8(text_.substr(0, text_.find(u'\0')));
    clear();
    return name && !name->empty() ? name : std::nullopt;
  }

  void clear() {
    text_.clear();
    checksum_.reset();
    next_ = 0;
  }

 private:
  std::u16string text_;
  std::optional<unsigned> checksum_;
  unsigned next_ = 0;
};

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, to_lower, to_lower);
}

Result<std::vector<FatEntry>> decode_fat_directory(const std::vector<std::byte>& slots) {
  std::vector<FatEntry> entries;
  std::set<std::string> names;
  LongName long_name;
  for (std::size_t at = 0; at + slot_bytes <= slots.size(); at += slot_bytes) {
    const Slot slot{Bytes{slots}.subspan(at, slot_bytes)};
    if (slot.u8(0) == 0) break;
    if (slot.u8(0) == deleted) {
      long_name.clear();
      continue;
    }
    if (slot.is_long_name()) {
      long_name.add(slot);
      continue;
    }
    FatEntry entry;
    entry.name = long_name.take_for(slot).value_or(slot.short_name());
    if ((slot.attributes() & attribute_volume_label) != 0 || entry.name == "." || entry.name == "..") continue;
    entry.is_directory = (slot.attributes() & attribute_directory) != 0;
    entry.size = slot.u32(28);
    entry.first_cluster = (slot.u16(20) << 16) | slot.u16(26);
    if (!names.insert(lower(entry.name)).second) {
      return fail(Errc::corrupt, "FAT directory: two entries are named '{}'", printable(entry.name));
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace asterism::efi
