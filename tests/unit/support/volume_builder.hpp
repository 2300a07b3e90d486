// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <vector>

#include "firmware/volume.hpp"

namespace asterism::testing {

/// Bytes of a section, padded as in a file.
inline std::vector<std::byte> section(std::uint8_t type, Bytes content) {
  std::vector<std::byte> out;
  append_le(out, content.size() + 4, 3);
  append_le(out, type, 1);
  append(out, content);
  while (out.size() % 4 != 0)
    out.push_back(std::byte{0});
  return out;
}

/// Makes a firmware volume, file by file.
class VolumeBuilder {
 public:
  VolumeBuilder() {
    volume_.resize(16);
    append(volume_, Guid{"8c8ce578-8a3d-4f1c-9935-896185c32dd3"}.bytes);
    append_le(volume_, 0, 8);  // size, see build()
    append(volume_, as_bytes("_FVH"));
    append_le(volume_, 0x4feff, 4);
    append_le(volume_, 0x48, 2);
    append_le(volume_, 0, 2);  // checksum: nobody looks at it
    append_le(volume_, 0, 2);  // no extended header
    append_le(volume_, 0x0200, 2);
    volume_.resize(0x48);
  }

  VolumeBuilder& file(const Guid& name, std::uint8_t type, Bytes content) {
    start_file(name, type, 0);
    append_le(volume_, content.size() + 24, 3);
    append_le(volume_, 0xF8, 1);
    append(volume_, content);
    return *this;
  }

  VolumeBuilder& large_file(const Guid& name, std::uint8_t type, Bytes content) {
    start_file(name, type, 1);
    append_le(volume_, 0, 3);
    append_le(volume_, 0xF8, 1);
    append_le(volume_, content.size() + 32, 8);
    append(volume_, content);
    return *this;
  }

  /// @param size_bytes of the volume; the rest is free space.
  [[nodiscard]] std::vector<std::byte> build(std::size_t size_bytes) const {
    auto out = volume_;
    out.resize(size_bytes, std::byte{0xFF});
    std::vector<std::byte> size;
    append_le(size, size_bytes, 8);
    std::ranges::copy(size, out.begin() + 0x20);
    return out;
  }

 private:
  /// Name, checksums that nobody looks at, type and attributes, at the next place where a file may start.
  void start_file(const Guid& name, std::uint8_t type, std::uint8_t attributes) {
    while (volume_.size() % 8 != 0)
      volume_.push_back(std::byte{0xFF});
    append(volume_, name.bytes);
    append_le(volume_, 0, 2);
    append_le(volume_, type, 1);
    append_le(volume_, attributes, 1);
  }

  std::vector<std::byte> volume_;
};

}  // namespace asterism::testing
