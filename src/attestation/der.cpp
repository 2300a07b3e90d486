// SPDX-License-Identifier: Apache-2.0
#include "attestation/der.hpp"

namespace asterism::attestation {

Result<Bytes> DerReader::next(DerTag tag) {
  if (rest_.size() < 2) return fail(Errc::corrupt, "a DER value is cut");
  if (std::to_integer<std::uint8_t>(rest_[0]) != static_cast<std::uint8_t>(tag)) {
    return fail(Errc::corrupt, "DER tag {:#04x} instead of {:#04x}", std::to_integer<unsigned>(rest_[0]),
                static_cast<unsigned>(tag));
  }
  std::size_t length = std::to_integer<std::size_t>(rest_[1]);
  std::size_t header = 2;
  if (length >= 0x80) {
    const std::size_t width = length & 0x7f;
    if (width == 0 || width > 2 || rest_.size() < 2 + width) return fail(Errc::corrupt, "a DER length is malformed");
    length = 0;
    for (std::size_t i = 0; i < width; ++i)
      length = (length << 8) | std::to_integer<std::size_t>(rest_[2 + i]);
    if (length < 0x80 || (width == 2 && length < 0x100)) return fail(Errc::corrupt, "a DER length is not the shortest");
    header += width;
  }
  if (rest_.size() - header < length) return fail(Errc::corrupt, "a DER value passes the end of the data");
  const Bytes content = rest_.subspan(header, length);
  rest_ = rest_.subspan(header + length);
  return content;
}

Result<Bytes> der_content(Bytes bytes, DerTag tag) {
  DerReader reader{bytes};
  ASTERISM_TRY(const auto content, reader.next(tag));
  if (!reader.at_end()) return fail(Errc::corrupt, "data after a DER value");
  return content;
}

Result<std::uint64_t> der_number(Bytes content) {
  if (content.empty()) return fail(Errc::corrupt, "an empty DER INTEGER");
  const bool negative = (content[0] & std::byte{0x80}) != std::byte{0};
  const bool padded =
      content.size() > 1 && content[0] == std::byte{0} && (content[1] & std::byte{0x80}) == std::byte{0};
  if (negative || padded || content.size() > 9 || (content.size() == 9 && content[0] != std::byte{0})) {
    return fail(Errc::corrupt, "a DER INTEGER that is negative, padded or too long");
  }
  std::uint64_t value = 0;
  for (const std::byte b : content)
    value = (value << 8) | std::to_integer<std::uint64_t>(b);
  return value;
}

Result<std::uint64_t> der_unsigned(Bytes bytes) {
  ASTERISM_TRY(const auto content, der_content(bytes, DerTag::integer));
  return der_number(content);
}

Result<std::string> der_oid(Bytes content) {
  if (content.empty() || content.size() > 64) return fail(Errc::corrupt, "an OID of {} bytes", content.size());
  std::string text;
  std::uint64_t arc = 0;
  for (std::size_t i = 0; i < content.size(); ++i) {
    const auto b = std::to_integer<std::uint64_t>(content[i]);
    if (arc == 0 && b == 0x80) return fail(Errc::corrupt, "an OID with a padded arc");
    if (arc >> 56 != 0) return fail(Errc::corrupt, "an OID with an arc over 56 bits");
    arc = (arc << 7) | (b & 0x7f);
    if ((b & 0x80) != 0) {
      if (i + 1 == content.size()) return fail(Errc::corrupt, "an OID is cut");
      continue;
    }
    if (text.empty()) {
      const std::uint64_t first = arc < 80 ? arc / 40 : 2;
      text = std::format("{}.{}", first, arc - first * 40);
    } else {
      text += std::format(".{}", arc);
    }
    arc = 0;
  }
  return text;
}

}  // namespace asterism::attestation
