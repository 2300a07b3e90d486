// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "common/bytes.hpp"

namespace asterism::event_log {

/// What is read of a text in a log at most, in characters; the rest is said to be left out ("...").
inline constexpr std::size_t text_characters_max = 4096;

/// UTF-16 (little-endian) up to the first NUL as printable ASCII; other characters become "\u{e9}".
/// An odd last byte is left out.
[[nodiscard]] std::string utf16_text(Bytes bytes);

/// Bytes up to the first NUL as printable ASCII; others become "\xNN".
[[nodiscard]] std::string narrow_text(Bytes bytes);

/// utf16_text() where the bytes look like UTF-16 of ASCII (every second byte of the start is zero), else
/// narrow_text().
[[nodiscard]] std::string guess_text(Bytes bytes);

/// Whether guess_text() would read UTF-16.
[[nodiscard]] bool looks_like_utf16(Bytes bytes) noexcept;

}  // namespace asterism::event_log
