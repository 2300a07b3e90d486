// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "firmware/ovmf.hpp"

namespace asterism::testing {

/// Makes firmware files with OVMF's tables at the end: entries for the GUIDed table, metadata blocks before them.
class OvmfBuilder {
 public:
  explicit OvmfBuilder(std::size_t size = 8192) : file_(size) {}

  /// Adds an entry; the first one added stands next to the footer.
  OvmfBuilder& entry(const Guid& guid, std::vector<std::byte> data) {
    std::vector<std::byte> whole = std::move(data);
    append_le(whole, whole.size() + 18, 2);
    append(whole, guid.bytes);
    table_.insert(table_.begin(), whole.begin(), whole.end());
    return *this;
  }

  OvmfBuilder& number(const Guid& guid, std::uint32_t value) {
    std::vector<std::byte> data;
    append_le(data, value, 4);
    return entry(guid, std::move(data));
  }

  OvmfBuilder& area(const Guid& guid, std::uint32_t gpa, std::uint32_t size) {
    std::vector<std::byte> data;
    append_le(data, gpa, 4);
    append_le(data, size, 4);
    return entry(guid, std::move(data));
  }

  /// SEV metadata, at 0x800 before the end.
  OvmfBuilder& snp(const std::vector<firmware::SnpSection>& sections) {
    std::vector<std::byte> block;
    append(block, as_bytes("ASEV"));
    append_le(block, 16 + 12 * sections.size(), 4);
    append_le(block, 1, 4);
    append_le(block, sections.size(), 4);
    for (const auto& section : sections) {
      append_le(block, section.gpa, 4);
      append_le(block, section.size_bytes, 4);
      append_le(block, static_cast<std::uint32_t>(section.type), 4);
    }
    put(0x800, block);
    return number(Guid{"dc886566-984a-4798-a75e-5585a7bf67cc"}, 0x800);
  }

  struct Tdvf {
    std::uint32_t offset;
    std::uint32_t size;
    std::uint64_t gpa;
    std::uint64_t memory;
    std::uint32_t type;
    std::uint32_t attributes;
  };

  /// TDX metadata, at 0xc00 before the end.
  OvmfBuilder& tdvf(const std::vector<Tdvf>& sections) {
    std::vector<std::byte> block;
    append(block, as_bytes("TDVF"));
    append_le(block, 16 + 32 * sections.size(), 4);
    append_le(block, 1, 4);
    append_le(block, sections.size(), 4);
    for (const auto& section : sections) {
      append_le(block, section.offset, 4);
      append_le(block, section.size, 4);
      append_le(block, section.gpa, 8);
      append_le(block, section.memory, 8);
      append_le(block, section.type, 4);
      append_le(block, section.attributes, 4);
    }
    put(0xc00, block);
    return number(Guid{"e47a6535-984a-4798-865e-4685a7bf8ec2"}, 0xc00);
  }

  [[nodiscard]] std::vector<std::byte> build() const {
    std::vector<std::byte> table = table_;
    append_le(table, table.size() + 18, 2);
    append(table, Guid{"96b582de-1fb2-45f7-baea-a366c55a082d"}.bytes);
    std::vector<std::byte> out = file_;
    std::ranges::copy(table, out.end() - 32 - static_cast<std::ptrdiff_t>(table.size()));
    return out;
  }

  /// The SEV-SNP memory of AmdSevX64 as of edk2-stable202405; published digests follow from it (see launch tests).
  static std::vector<firmware::SnpSection> amd_sev_sections() {
    using enum firmware::SnpSectionType;
    return {{0x800000, 0x9000, sec_mem}, {0x80a000, 0x3000, sec_mem},  {0x80d000, 0x1000, secrets},
            {0x80e000, 0x1000, cpuid},   {0x80f000, 0x1000, svsm_caa}, {0x810000, 0x1000, kernel_hashes},
            {0x811000, 0xf000, sec_mem}};
  }

  /// A firmware file with those, the places of secondary processors and kernel hashes, and two TDX sections.
  static OvmfBuilder amd_sev() {
    return OvmfBuilder{}
        .number(Guid{"00f771de-1a7e-4fcb-890e-68c77e2fb44e"}, 0x80b004)
        .area(Guid{"4c2eb361-7d9b-4cc3-8081-127c90d3d294"}, 0x810000, 0xc00)
        .area(Guid{"7255371f-3a3b-4b04-927b-1da6efa8d454"}, 0x810c00, 0x400)
        .snp(amd_sev_sections())
        .tdvf({{0x1000, 0x1000, 0xfffff000, 0x1000, 0, 1},
               {0, 0x1000, 0xffffe000, 0x1000, 1, 0},
               {0, 0, 0x809000, 0x2000, 2, 0}});
  }

 private:
  void put(std::size_t from_end, const std::vector<std::byte>& block) {
    std::ranges::copy(block, file_.end() - static_cast<std::ptrdiff_t>(from_end));
  }

  std::vector<std::byte> file_;
  std::vector<std::byte> table_;
};

}  // namespace asterism::testing
