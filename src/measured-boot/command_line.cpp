// SPDX-License-Identifier: Apache-2.0
#include "measured-boot/command_line.hpp"

#include "efi/utf16.hpp"

namespace asterism::measured_boot {

std::u16string stub_command_line(std::string_view section) {
  std::u16string text = efi::utf8_to_ucs2(section);
  for (char16_t& c : text) {
    if (c <= u' ' || c == 0x7f) c = u' ';
  }
  text.erase(text.find_last_not_of(u' ') + 1);
  text.erase(0, text.find_first_not_of(u' '));
  return text;
}

}  // namespace asterism::measured_boot
