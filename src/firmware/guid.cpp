// SPDX-License-Identifier: Apache-2.0
#include "firmware/guid.hpp"

#include <algorithm>

namespace asterism::firmware {

Result<Guid> Guid::read(const ByteView& data, std::uint64_t offset, std::string_view what) {
  ASTERISM_TRY(const auto field, data.sub(offset, size_bytes, what));
  Guid guid;
  std::ranges::copy(field.bytes(), guid.bytes.begin());
  return guid;
}

std::string Guid::to_string() const {
  std::string text;
  for (std::size_t i = 0; i < size_bytes; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += to_hex(Bytes{bytes}.subspan(guid_text_order.at(i), 1));
  }
  return text;
}

}  // namespace asterism::firmware
