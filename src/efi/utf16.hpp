// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace asterism::efi {

/// UTF-8 to UCS-2 exactly as systemd's EFI programs convert text from a section: stops at the first NUL; invalid or
/// short sequences and characters beyond U+FFFF are dropped.
/// @source systemd src/boot/efi-string.c, xstrn8_to_16().
/// @checked tests/unit/efi/utf16_test.cpp.
[[nodiscard]] std::u16string utf8_to_ucs2(std::string_view text);

/// UTF-16 to UTF-8; unpaired surrogates become U+FFFD. For names that people read.
[[nodiscard]] std::string utf16_to_utf8(std::u16string_view text);

/// Little-endian bytes of the text, with the terminating NUL (two bytes) where `with_nul`.
[[nodiscard]] std::vector<std::byte> utf16_bytes(std::u16string_view text, bool with_nul);

}  // namespace asterism::efi
