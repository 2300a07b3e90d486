// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes.hpp"
#include "common/error.hpp"

namespace asterism::efi {

/// Bytes of a volume: a view into it, or a copy.
class FatBytes {
 public:
  explicit FatBytes(ByteView in_place) : view_{in_place} {}
  explicit FatBytes(std::vector<std::byte> copy) : copy_{std::move(copy)}, view_{copy_} {}
  FatBytes(FatBytes&&) noexcept = default;  // the vector's buffer, which view_ points at, moves along
  FatBytes& operator=(FatBytes&&) noexcept = default;
  FatBytes(const FatBytes&) = delete;
  FatBytes& operator=(const FatBytes&) = delete;
  ~FatBytes() = default;

  [[nodiscard]] const ByteView& view() const noexcept { return view_; }

 private:
  std::vector<std::byte> copy_;
  ByteView view_;
};

/// Where the bytes of a volume lie.
class FatSource {
 public:
  virtual ~FatSource() = default;

  [[nodiscard]] virtual std::uint64_t size() const noexcept = 0;
  /// Where the volume starts in the whole, for messages.
  [[nodiscard]] virtual std::uint64_t origin() const noexcept = 0;
  /// `size` bytes at `offset`; `what` names them in the error. @errors `corrupt` past the end; `io`.
  [[nodiscard]] virtual Result<FatBytes> read(std::uint64_t offset, std::uint64_t size,
                                              std::string_view what) const = 0;
};

/// A volume in memory, which has to outlive the source and what is read from it.
[[nodiscard]] std::shared_ptr<const FatSource> fat_in_memory(const ByteView& volume);

/// A volume on a block device or in a file. Each read gives a copy, so whoever can write there changes nothing that was
/// read. @errors `not_found`; `io`.
[[nodiscard]] Result<std::shared_ptr<const FatSource>> fat_on_device(const std::string& path);

}  // namespace asterism::efi
