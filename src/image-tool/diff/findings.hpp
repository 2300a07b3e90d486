// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <format>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/bytes.hpp"

namespace asterism::image_tool {

/// What a comparison found, one line each: "<place>: <what>".
class Findings {
 public:
  /// @param place the way inside, e.g. "asterism_1.raw: partition 'esp': EFI/BOOT/BOOTX64.EFI".
  void add(std::string_view place, std::string_view what) { lines_.push_back(std::format("{}: {}", place, what)); }

  [[nodiscard]] const std::vector<std::string>& lines() const noexcept { return lines_; }

 private:
  std::vector<std::string> lines_;
};

/// "byte 0x1f0 differs (0x00, 0x7f)", and the sizes where they differ. @param a, b are not equal.
[[nodiscard]] std::string describe_bytes(Bytes a, Bytes b);

}  // namespace asterism::image_tool
