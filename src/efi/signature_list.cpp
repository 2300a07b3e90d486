// SPDX-License-Identifier: Apache-2.0
#include "efi/signature_list.hpp"

namespace asterism::efi {
namespace {

constexpr std::uint64_t list_header_bytes = 28;
constexpr std::size_t signatures_max = 65'536;

}  // namespace

Result<std::vector<Signature>> read_signature_lists(const ByteView& lists) {
  std::vector<Signature> signatures;
  for (std::uint64_t at = 0; at < lists.size();) {
    ASTERISM_TRY(const auto type, Guid::read(lists, at, "signature type"));
    ASTERISM_TRY(const std::uint64_t list_size, lists.u32(at + 16, "signature list size"));
    ASTERISM_TRY(const std::uint64_t header_size, lists.u32(at + 20, "signature header size"));
    ASTERISM_TRY(const std::uint64_t signature_size, lists.u32(at + 24, "signature size"));
    const std::uint64_t start = list_header_bytes + header_size;
    if (list_size < start || signature_size <= Guid::size_bytes || (list_size - start) % signature_size != 0) {
      return fail(Errc::corrupt, "signature list at offset {:#x}: {} bytes, header of {}, signatures of {}",
                  lists.origin() + at, list_size, header_size, signature_size);
    }
    ASTERISM_TRY(const auto list, lists.sub(at, list_size, "a signature list"));
    for (std::uint64_t entry = start; entry < list_size; entry += signature_size) {
      ASTERISM_TRY(const auto whole, list.sub(entry, signature_size, "a signature"));
      ASTERISM_TRY(const auto owner, Guid::read(whole, 0, "signature owner"));
      if (signatures.size() >= signatures_max) {
        return fail(Errc::unsupported, "more than {} signatures", signatures_max);
      }
      signatures.push_back(
          {.type = type, .owner = owner, .data = whole.bytes().subspan(Guid::size_bytes), .whole = whole.bytes()});
    }
    at += list_size;
  }
  return signatures;
}

}  // namespace asterism::efi
