// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace asterism::boot_guard {

/// Text in a fixed place: what does not fit is cut, nothing is allocated.
template <std::size_t Capacity>
class BoundedText {
 public:
  [[nodiscard]] std::string_view view() const noexcept { return {bytes_.data(), size_}; }

  BoundedText& operator+=(std::string_view text) noexcept {
    const std::size_t taken = std::min(text.size(), Capacity - size_);
    std::copy_n(text.begin(), taken, bytes_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += taken;
    return *this;
  }

  /// The same for text from outside: anything but printable ASCII becomes '?', after `limit` characters comes "...".
  void append_outside(std::string_view text, std::size_t limit) noexcept {
    for (const char c : text.substr(0, limit)) {
      if (size_ < Capacity) bytes_[size_++] = c >= ' ' && c <= '~' ? c : '?';
    }
    if (text.size() > limit) *this += "...";
  }

 private:
  std::array<char, Capacity> bytes_{};
  std::size_t size_ = 0;
};

}  // namespace asterism::boot_guard
