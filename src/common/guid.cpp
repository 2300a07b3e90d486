// SPDX-License-Identifier: Apache-2.0
#include "common/guid.hpp"

#include <algorithm>

namespace asterism {

Result<Guid> Guid::read(const ByteView& data, std::uint64_t offset, std::string_view what) {
  ASTERISM_TRY(const auto field, data.sub(offset, size_bytes, what));
  Guid guid;
  std::ranges::copy(field.bytes(), guid.bytes.begin());
  return guid;
}

std::string Guid::to_string() const {
  std::array<std::byte, size_bytes> in_text_order{};
  for (std::size_t i = 0; i < size_bytes; ++i)
    in_text_order[guid_byte_order[i]] = bytes[i];
  std::string text = to_hex(in_text_order);
  for (const std::size_t dash : {8U, 13U, 18U, 23U})
    text.insert(dash, "-");
  return text;
}

}  // namespace asterism
