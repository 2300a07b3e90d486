// SPDX-License-Identifier: Apache-2.0
#include "efi/pe_certificates.hpp"

namespace asterism::efi {
namespace {

constexpr std::uint64_t certificate_header_bytes = 8;
constexpr std::uint16_t type_pkcs_signed_data = 0x0002;
constexpr std::size_t signatures_max = 16;

}  // namespace

Result<std::vector<Bytes>> pe_signatures(const PeImage& image) {
  const FileRange table = image.certificates();
  std::vector<Bytes> signatures;
  ASTERISM_TRY(const auto data, image.file().sub(table.offset, table.size, "the certificate table"));
  for (std::uint64_t at = 0; at < data.size();) {
    ASTERISM_TRY(const auto length, data.u32(at, "a certificate's length"));
    ASTERISM_TRY(const auto type, data.u16(at + 6, "a certificate's type"));
    if (length <= certificate_header_bytes) {
      return fail(Errc::corrupt, "certificate at offset {:#x} has a length of {}", data.origin() + at, length);
    }
    ASTERISM_TRY(const auto content,
                 data.sub(at + certificate_header_bytes, length - certificate_header_bytes, "a certificate's content"));
    if (type == type_pkcs_signed_data) signatures.push_back(content.bytes());
    if (signatures.size() > signatures_max) {
      return fail(Errc::unsupported, "more than {} signatures in one image", signatures_max);
    }
    at += (std::uint64_t{length} + 7) / 8 * 8;
  }
  return signatures;
}

}  // namespace asterism::efi
