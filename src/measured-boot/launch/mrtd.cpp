// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/launch/mrtd.hpp"

#include <algorithm>
#include <array>

#include "firmware/snp_metadata.hpp"

namespace asterism::measured_boot {
namespace {

using firmware::page_bytes;
using firmware::TdvfSection;

constexpr std::uint64_t chunk_bytes = 256;
constexpr std::size_t record_bytes = 128;
constexpr std::size_t gpa_offset = 16;

class Measurement {
 public:
  void add_page(std::uint64_t gpa) { record("MEM.PAGE.ADD", gpa); }

  /// Measures the content of one page: what the file has of it, then zeros.
  void extend_page(const TdvfSection& section, std::uint64_t offset) {
    const Bytes data = section.data.bytes();
    for (std::uint64_t chunk = offset; chunk < offset + page_bytes; chunk += chunk_bytes) {
      record("MR.EXTEND", section.gpa + chunk);
      const auto start = std::min<std::uint64_t>(chunk, data.size());
      const auto size = std::min<std::uint64_t>(chunk_bytes, data.size() - start);
      hasher_.update(data.subspan(static_cast<std::size_t>(start), static_cast<std::size_t>(size)));
      hasher_.update_zeros(chunk_bytes - size);
    }
  }

  [[nodiscard]] Result<Digest> finish() { return hasher_.finish(); }

 private:
  void record(std::string_view name, std::uint64_t gpa) {
    std::array<std::byte, record_bytes> bytes{};
    std::ranges::copy(as_bytes(name), bytes.begin());
    for (std::size_t i = 0; i < sizeof(gpa); ++i)
      bytes.at(gpa_offset + i) = static_cast<std::byte>((gpa >> (8 * i)) & 0xff);
    hasher_.update(bytes);
  }

  Hasher hasher_{HashAlgorithm::sha384};
};

}  // namespace

std::string_view to_string(TdxPageOrder order) noexcept {
  return order == TdxPageOrder::by_page ? "by-page" : "by-section";
}

Result<Digest> mrtd(const std::vector<TdvfSection>& sections, TdxPageOrder order) {
  Measurement measurement;
  for (const TdvfSection& section : sections) {
    if (section.added_later) continue;
    for (std::uint64_t offset = 0; offset < section.memory_bytes; offset += page_bytes) {
      measurement.add_page(section.gpa + offset);
      if (section.extends && order == TdxPageOrder::by_page) measurement.extend_page(section, offset);
    }
    if (!section.extends || order == TdxPageOrder::by_page) continue;
    for (std::uint64_t offset = 0; offset < section.memory_bytes; offset += page_bytes)
      measurement.extend_page(section, offset);
  }
  return measurement.finish();
}

}  // namespace asterism::measured_boot
