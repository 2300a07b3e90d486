// SPDX-License-Identifier: Apache-2.0
#include "disk-mapper/header/mac.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "crypto/hkdf.hpp"

namespace asterism::disk_mapper {
namespace {

constexpr std::string_view mac_domain = "asterism state disk header 1";
constexpr std::size_t mac_key_bytes = 32;

Result<SecretBytes> mac_key(const SecretBytes& volume_key, std::string_view uuid) {
  return crypto::hkdf_sha256(volume_key, as_bytes(uuid), as_bytes(mac_domain), mac_key_bytes);
}

/// With its length before it, so that no two lists of fields give the same bytes.
void append_field(std::vector<std::byte>& out, Bytes field) {
  append_le(out, field.size(), 8);
  append(out, field);
}

Result<> check_mac(const CheckedCopy& copy, Bytes image, const SecretBytes& volume_key) {
  ASTERISM_TRY(const auto expected, header_mac(copy, image, volume_key));
  const auto& found = copy.metadata.mac;
  if (found.size() != expected.size() || ::CRYPTO_memcmp(found.data(), expected.data(), expected.size()) != 0) {
    return fail(Errc::unverified, "generation {}: the MAC does not match: somebody without the key changed the header",
                copy.metadata.generation);
  }
  return {};
}

}  // namespace

Result<std::vector<std::byte>> canonical_bytes(const CheckedCopy& copy, Bytes image) {
  if (image.size() != header_bytes) return fail(Errc::internal, "a header image of {} bytes", image.size());
  ASTERISM_TRY(const auto text, text_without_mac(copy.copy.json));
  std::vector<std::byte> out;
  append_field(out, as_bytes(mac_domain));
  append_field(out, as_bytes(state_label));
  append_field(out, as_bytes(copy.copy.uuid));
  append_field(out, as_bytes(text));
  for (const auto& [number, slot] : copy.metadata.slots) {
    ASTERISM_TRY(const auto digest, sha256(image.subspan(slot.offset_bytes, key_slot_area_bytes)));
    append_le(out, number, 8);
    append_field(out, digest.bytes());
  }
  return out;
}

Result<std::vector<std::byte>> header_mac(const CheckedCopy& copy, Bytes image, const SecretBytes& volume_key) {
  ASTERISM_TRY(const auto input, canonical_bytes(copy, image));
  ASTERISM_TRY(const auto key, mac_key(volume_key, copy.copy.uuid));
  std::vector<std::byte> mac(32);
  unsigned size = 0;
  // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): OpenSSL's bytes are unsigned char
  const auto* const done = ::HMAC(::EVP_sha256(), key.bytes().data(), static_cast<int>(key.size()),
                                  reinterpret_cast<const unsigned char*>(input.data()), input.size(),
                                  reinterpret_cast<unsigned char*>(mac.data()), &size);
  // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
  if (!done || size != mac.size()) return fail(Errc::internal, "OpenSSL cannot compute the header's MAC");
  return mac;
}

Result<AuthenticatedHeader> authenticate(CheckedHeader header, Bytes image, const SecretBytes& volume_key) {
  ASTERISM_CHECK(check_mac(header.current, image, volume_key), "header");
  if (header.older) ASTERISM_CHECK(check_mac(*header.older, image, volume_key), "older copy of the header");
  ASTERISM_TRY(const auto input, canonical_bytes(header.current, image));
  ASTERISM_TRY(const auto digest, sha256(input));
  return AuthenticatedHeader{std::move(header), digest};
}

}  // namespace asterism::disk_mapper
