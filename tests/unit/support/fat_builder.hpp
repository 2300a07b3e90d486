// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "common/bytes.hpp"
#include "support/gpt_builder.hpp"

namespace asterism::testing {

/// A small FAT16 volume: 512-byte sectors and clusters, 1 reserved sector, one FAT at 0x200 of 17 sectors, root folder
/// of 16 slots at 0x2400, cluster 2 at 0x2600, 4200 clusters.
class FatBuilder {
 public:
  static constexpr std::size_t fat_offset = 0x200;
  static constexpr std::size_t root_offset = 0x2400;
  static constexpr std::size_t data_offset = 0x2600;
  static constexpr std::size_t clusters = 4200;

  FatBuilder() : volume_(data_offset + clusters * 512) {
    put(11, 512, 2);
    put(13, 1, 1);
    put(14, 1, 2);
    put(16, 1, 1);
    put(17, 16, 2);
    put(19, volume_.size() / 512, 2);
    put(22, 17, 2);
    put(510, 0xaa55, 2);
    link(0, 0xfff8);
    link(1, 0xffff);
  }

  void put(std::size_t at, std::uint64_t value, std::size_t width) { put_le(volume_, at, value, width); }
  void link(std::size_t cluster, std::uint16_t next) { put(fat_offset + 2 * cluster, next, 2); }

  /// Stores content in the given clusters, in that order.
  void store(const std::vector<std::uint16_t>& chain, const std::string& content) {
    for (std::size_t i = 0; i < chain.size(); ++i) {
      link(chain[i], i + 1 < chain.size() ? chain[i + 1] : 0xffff);
      const std::string part = content.substr(std::min(content.size(), i * 512), 512);
      std::ranges::copy(as_bytes(part), volume_.begin() + offset_of(chain[i]));
    }
  }

  /// A short directory entry; `name` is 11 characters, padded by spaces.
  static std::string entry(const std::string& name, std::uint8_t attributes, std::uint16_t cluster,
                           std::uint32_t size) {
    std::vector<std::byte> slot;
    append(slot, as_bytes(name));
    slot.push_back(std::byte{attributes});
    slot.resize(26);
    append_le(slot, cluster, 2);
    append_le(slot, size, 4);
    return std::string{as_text(slot)};
  }

  /// The long-name slots for `name` before the short entry called `short_name`.
  static std::string long_name(const std::u16string& name, const std::string& short_name) {
    unsigned checksum = 0;
    for (const char c : short_name) {
      checksum = (((checksum & 1) << 7) + (checksum >> 1) + static_cast<unsigned char>(c)) & 0xff;
    }
    const std::size_t count = (name.size() + 12) / 13;
    std::string slots;
    for (std::size_t order = count; order > 0; --order) {
      std::u16string part = name.substr((order - 1) * 13, 13);
      if (part.size() < 13) part += u'\0';
      part.resize(13, u'\xffff');
      std::vector<std::byte> slot;
      append_le(slot, order | (order == count ? 0x40 : 0), 1);
      for (int i = 0; i < 5; ++i)
        append_le(slot, part[static_cast<std::size_t>(i)], 2);
      append_le(slot, 0x0f, 1);
      append_le(slot, 0, 1);
      append_le(slot, checksum, 1);
      for (int i = 5; i < 11; ++i)
        append_le(slot, part[static_cast<std::size_t>(i)], 2);
      append_le(slot, 0, 2);
      for (int i = 11; i < 13; ++i)
        append_le(slot, part[static_cast<std::size_t>(i)], 2);
      slots += as_text(slot);
    }
    return slots;
  }

  void root(const std::string& slots) {
    std::ranges::copy(as_bytes(slots), volume_.begin() + static_cast<std::ptrdiff_t>(root_offset));
  }

  [[nodiscard]] const std::vector<std::byte>& volume() const { return volume_; }

 private:
  static std::ptrdiff_t offset_of(std::size_t cluster) {
    return static_cast<std::ptrdiff_t>(data_offset + (cluster - 2) * 512);
  }

  std::vector<std::byte> volume_;
};

}  // namespace asterism::testing
