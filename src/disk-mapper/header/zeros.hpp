// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>

#include "common/bytes.hpp"

namespace asterism::disk_mapper {

/// Whether all bytes are zero, at the speed of memcmp: the range is compared with itself, one byte further on.
[[nodiscard]] inline bool is_zero(Bytes bytes) noexcept {
  return bytes.empty() ||
         (bytes[0] == std::byte{0} && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

}  // namespace asterism::disk_mapper
