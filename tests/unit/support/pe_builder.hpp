// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "common/bytes.hpp"

namespace asterism::testing {

struct PeBuilderSection {
  std::string name;
  std::string data;
  std::uint32_t virtual_size = 0;  ///< 0: as large as the data
};

/// Makes a PE32+ image: DOS header, PE header at 0x40, optional header at 0x58 with 16 directories, section table at
/// 0x148, headers up to 0x400 (or more), sections aligned to 0x200 in the file and 0x1000 in memory.
class PeBuilder {
 public:
  static constexpr std::uint32_t file_alignment = 0x200;
  static constexpr std::uint32_t memory_alignment = 0x1000;

  PeBuilder& section(std::string name, std::string data, std::uint32_t virtual_size = 0) {
    sections_.push_back({std::move(name), std::move(data), virtual_size});
    return *this;
  }
  PeBuilder& trailing(std::string bytes) {
    trailing_ = std::move(bytes);
    return *this;
  }
  PeBuilder& certificates(std::string bytes) {
    certificates_ = std::move(bytes);
    return *this;
  }
  PeBuilder& stub(const std::string& version) {
    return section(".sdmagic", "#### LoaderInfo: systemd-stub " + version + " ####");
  }

  [[nodiscard]] std::vector<std::byte> build() const {
    const auto headers = align(0x148 + 40 * static_cast<std::uint32_t>(sections_.size()), 0x400);
    std::vector<std::byte> table;
    std::vector<std::byte> body;
    std::uint32_t address = align(headers, memory_alignment);
    for (const PeBuilderSection& section : sections_) {
      const auto virtual_size =
          section.virtual_size != 0 ? section.virtual_size : static_cast<std::uint32_t>(section.data.size());
      const auto raw_size = align(static_cast<std::uint32_t>(section.data.size()), file_alignment);
      std::string name = section.name;
      name.resize(8);
      append(table, as_bytes(name));
      for (const std::uint32_t field :
           {virtual_size, address, raw_size, raw_size == 0 ? 0 : headers + size(body), 0U, 0U, 0U, 0x40000040U}) {
        append_le(table, field, 4);
      }
      append(body, as_bytes(section.data));
      body.resize(align(size(body), file_alignment));
      address = align(address + std::max(virtual_size, 1U), memory_alignment);
    }
    append(body, as_bytes(trailing_));
    std::vector<std::byte> file = headers_with(headers, address, headers + size(body));
    append(file, table);
    file.resize(headers);
    append(file, body);
    append(file, as_bytes(certificates_));
    return file;
  }

 private:
  static std::uint32_t align(std::uint32_t value, std::uint32_t to) { return (value + to - 1) / to * to; }
  static std::uint32_t size(const std::vector<std::byte>& bytes) { return static_cast<std::uint32_t>(bytes.size()); }

  [[nodiscard]] std::vector<std::byte> headers_with(std::uint32_t headers, std::uint32_t image_size,
                                                    std::uint32_t certificates_offset) const {
    std::vector<std::byte> out;
    append(out, as_bytes("MZ"));
    out.resize(0x3c);
    append_le(out, 0x40, 4);
    append(out, as_bytes(std::string_view{"PE\0\0", 4}));
    append_le(out, 0x8664, 2);
    append_le(out, sections_.size(), 2);
    out.resize(out.size() + 12);
    append_le(out, 112 + 16 * 8, 2);  // SizeOfOptionalHeader, at 0x54
    append_le(out, 0x22, 2);
    append_le(out, 0x20b, 2);  // 0x58
    out.resize(0x58 + 32);
    append_le(out, memory_alignment, 4);
    append_le(out, file_alignment, 4);
    out.resize(0x58 + 56);
    append_le(out, image_size, 4);  // 0x90
    append_le(out, headers, 4);     // 0x94
    append_le(out, 0x11223344, 4);  // CheckSum, 0x98
    append_le(out, 10, 2);          // Subsystem, 0x9c
    out.resize(0x58 + 108);
    append_le(out, 16, 4);     // NumberOfRvaAndSizes, 0xc4
    out.resize(0xc8 + 4 * 8);  // certificate entry at 0xe8
    append_le(out, certificates_.empty() ? 0 : certificates_offset, 4);
    append_le(out, certificates_.size(), 4);
    out.resize(0x148);
    return out;
  }

  std::vector<PeBuilderSection> sections_;
  std::string trailing_;
  std::string certificates_;
};

}  // namespace asterism::testing
