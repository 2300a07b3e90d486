// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "common/bytes.hpp"
#include "common/error.hpp"

namespace asterism::image_tool {

/// Where two ranges differ first; the shorter one's end counts where it is a prefix of the other. None if equal.
[[nodiscard]] std::optional<std::uint64_t> first_difference(Bytes a, Bytes b) noexcept;

/// Proves that `padded` is the bytes of `disk` from `offset` on, and zeros where `disk` has ended.
/// @errors `unverified` naming the first other byte by its offset in the disk.
[[nodiscard]] Result<> check_padded(Bytes padded, Bytes disk, std::uint64_t offset);

}  // namespace asterism::image_tool
