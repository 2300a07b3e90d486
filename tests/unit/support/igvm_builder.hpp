// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "common/bytes.hpp"

namespace asterism::testing {

/// Makes IGVM files: headers in order, their data behind them.
class IgvmBuilder {
 public:
  explicit IgvmBuilder(std::uint32_t version) : version_{version} {}

  IgvmBuilder& platform(std::uint32_t mask, std::uint8_t type) {
    std::vector<std::byte> body;
    append_le(body, mask, 4);
    append_le(body, 0, 1);
    append_le(body, type, 1);
    append_le(body, 1, 2);
    append_le(body, 0, 8);
    return header(0x1, body);
  }

  IgvmBuilder& page(std::uint64_t gpa, const std::vector<std::byte>& data, std::uint32_t mask, std::uint32_t flags,
                    std::uint16_t type) {
    std::vector<std::byte> body;
    append_le(body, gpa, 8);
    append_le(body, mask, 4);
    append_le(body, 0, 4);
    append_le(body, flags, 4);
    append_le(body, type, 4);
    return header(0x302, body, data);
  }

  IgvmBuilder& parameters(std::uint64_t gpa, std::uint64_t size, std::uint32_t index) {
    std::vector<std::byte> area;
    append_le(area, size, 8);
    append_le(area, index, 4);
    append_le(area, 0, 4);
    header(0x301, area);
    std::vector<std::byte> insert;
    append_le(insert, gpa, 8);
    append_le(insert, 1, 4);
    append_le(insert, index, 4);
    return header(0x303, insert);
  }

  IgvmBuilder& context(std::uint64_t gpa, const std::vector<std::byte>& data) {
    std::vector<std::byte> body;
    append_le(body, gpa, 8);
    append_le(body, 1, 4);
    append_le(body, 0, 4);
    append_le(body, 0, 4);
    return header(0x304, body, data);
  }

  IgvmBuilder& id_block(char digest) {
    std::vector<std::byte> body;
    append_le(body, 1, 4);
    append_le(body, 0, 4);
    body.resize(body.size() + 48, static_cast<std::byte>(digest));
    body.resize(696);
    return header(0x30b, body);
  }

  /// Headers with data have its offset at 12.
  IgvmBuilder& header(std::uint32_t type, const std::vector<std::byte>& body, const std::vector<std::byte>& data = {}) {
    append_le(headers_, type, 4);
    append_le(headers_, body.size(), 4);
    if (!data.empty()) {
      fixups_.emplace_back(headers_.size() + 12, data_.size());
      append(data_, data);
    }
    append(headers_, body);
    headers_.resize((headers_.size() + 7) / 8 * 8);
    return *this;
  }

  [[nodiscard]] std::vector<std::byte> build() const {
    const std::size_t fixed = version_ == 1 ? 24 : 32;
    std::vector<std::byte> out;
    append(out, as_bytes("IGVM"));
    append_le(out, version_, 4);
    append_le(out, fixed, 4);
    append_le(out, headers_.size(), 4);
    append_le(out, 0, 8);
    if (version_ != 1) append_le(out, std::uint64_t{4096} << 32, 8);
    append(out, headers_);
    for (const auto& [place, at] : fixups_)
      put(out, fixed + place, fixed + headers_.size() + at);
    append(out, data_);
    repair(out);
    return out;
  }

  /// Size and checksum as the headers would have them.
  static void repair(std::vector<std::byte>& file) {
    const ByteView view{file};
    const auto offset = view.u32(8, "offset");
    const auto size = view.u32(12, "size");
    if (file.size() < 32 || !offset || !size) return;
    put(file, 16, file.size());
    put(file, 20, 0);
    const std::size_t fixed = view.u32(4, "version").value() == 1 ? 24 : 32;
    const auto variable = view.sub(*offset, *size, "headers");
    if (variable) put(file, 20, ~crc(crc(~0U, Bytes{file}.first(fixed)), variable->bytes()));
  }

  /// Two platforms; a page, CPUID, 2 MiB unmeasured, parameters, an ID block, one processor.
  static IgvmBuilder example(std::uint32_t version) {
    const std::vector<std::byte> page(4096, std::byte{'p'});
    return IgvmBuilder{version}
        .platform(1, 2)
        .platform(2, 4)
        .page(0x1000, page, 3, 0, 0)
        .page(0x2000, {}, 1, 0, 2)
        .page(0x200000, {}, 1, 3, 0)
        .parameters(0x4000, 0x2000, 7)
        .id_block('d')
        .context(0xfffffffff000, std::vector<std::byte>(4096, std::byte{'v'}));
  }

 private:
  static void put(std::vector<std::byte>& out, std::size_t offset, std::uint64_t value) {
    for (std::size_t i = 0; i < 4; ++i)
      out[offset + i] = static_cast<std::byte>((value >> (8 * i)) & 0xff);
  }

  static std::uint32_t crc(std::uint32_t value, Bytes data) {
    for (const std::byte b : data) {
      value ^= std::to_integer<std::uint32_t>(b);
      for (int bit = 0; bit < 8; ++bit)
        value = (value & 1) != 0 ? (value >> 1) ^ 0xedb88320U : value >> 1;
    }
    return value;
  }

  std::uint32_t version_;
  std::vector<std::byte> headers_;
  std::vector<std::byte> data_;
  std::vector<std::pair<std::size_t, std::size_t>> fixups_;
};

}  // namespace asterism::testing
