// SPDX-License-Identifier: Apache-2.0
#include "crypto/public_key.hpp"

#include <algorithm>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "common/base64.hpp"
#include "common/handle.hpp"

namespace asterism::crypto {
namespace {

using Pkey = Handle<EVP_PKEY, ::EVP_PKEY_free>;
using MdCtx = Handle<EVP_MD_CTX, ::EVP_MD_CTX_free>;

// SEQUENCE { SEQUENCE { id-ecPublicKey, prime256v1 }, BIT STRING { uncompressed point } }, up to the point's 0x04.
constexpr std::string_view p256_prefix_hex = "3059301306072a8648ce3d020106082a8648ce3d03010703420004";
constexpr std::size_t p256_spki_bytes = 91;
// SEQUENCE { SEQUENCE { id-Ed25519 }, BIT STRING { 32 bytes } }.
constexpr std::string_view ed25519_prefix_hex = "302a300506032b6570032100";
constexpr std::size_t ed25519_spki_bytes = 44;
constexpr std::size_t pem_bytes_max = 16384;

const unsigned char* unsigned_chars(Bytes bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());  // the type that OpenSSL takes bytes as
}

Result<Pkey> parse_spki(Bytes der) {
  const unsigned char* at = unsigned_chars(der);
  Pkey key{::d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size()))};
  ::ERR_clear_error();
  if (!key || at != unsigned_chars(der) + der.size()) return fail(Errc::corrupt, "no public key in DER");
  return key;
}

bool has_form(Bytes der, std::string_view prefix_hex, std::size_t size) {
  const auto hex = to_hex(der.first(std::min(der.size(), prefix_hex.size() / 2)));
  return der.size() == size && hex == prefix_hex;
}

}  // namespace

std::string_view to_string(KeyType type) noexcept {
  return type == KeyType::ed25519 ? "ed25519" : "ecdsa-p256";
}

Result<PublicKey> PublicKey::from_spki(Bytes der) {
  if (der.size() > pem_bytes_max) return fail(Errc::corrupt, "public key of {} bytes", der.size());
  // OpenSSL also checks that the point lies on the curve.
  ASTERISM_TRY(const auto parsed, parse_spki(der));
  ASTERISM_TRY(const auto id, sha256(der));
  std::vector<std::byte> spki{der.begin(), der.end()};
  if (has_form(der, p256_prefix_hex, p256_spki_bytes)) return PublicKey{KeyType::ecdsa_p256, std::move(spki), id};
  if (has_form(der, ed25519_prefix_hex, ed25519_spki_bytes)) return PublicKey{KeyType::ed25519, std::move(spki), id};
  const char* name = ::EVP_PKEY_get0_type_name(parsed.get());
  return fail(Errc::unsupported, "{} key of {} bits: keys are ECDSA P-256 (uncompressed point) or Ed25519",
              name ? name : "unknown", ::EVP_PKEY_get_bits(parsed.get()));
}

Result<PublicKey> PublicKey::from_pem(std::string_view text) {
  constexpr std::string_view begin = "-----BEGIN PUBLIC KEY-----\n";
  constexpr std::string_view end = "-----END PUBLIC KEY-----";
  if (text.size() > pem_bytes_max) return fail(Errc::corrupt, "PEM file of {} bytes", text.size());
  if (!text.starts_with(begin)) return fail(Errc::corrupt, "no PEM file that starts with a PUBLIC KEY");
  text.remove_prefix(begin.size());
  const auto stop = text.find(end);
  if (stop == std::string_view::npos || text.substr(stop + end.size()).find_first_not_of('\n') != text.npos) {
    return fail(Errc::corrupt, "the PEM file holds more or less than one PUBLIC KEY");
  }
  std::string body{text.substr(0, stop)};
  std::erase(body, '\n');
  ASTERISM_TRY(const auto der, from_base64(body), "PEM");
  return from_spki(der);
}

std::string PublicKey::to_pem() const {
  return public_key_pem(spki_);
}

std::string public_key_pem(Bytes spki) {
  constexpr std::size_t line_characters = 64;
  std::string text = "-----BEGIN PUBLIC KEY-----\n";
  const std::string body = to_base64(spki);
  for (std::size_t at = 0; at < body.size(); at += line_characters)
    text += body.substr(at, line_characters) + "\n";
  return text + "-----END PUBLIC KEY-----\n";
}

Result<> PublicKey::verify(Bytes message, Bytes signature) const {
  ASTERISM_TRY(const auto key, parse_spki(spki_));
  const MdCtx context{::EVP_MD_CTX_new()};
  const char* digest = type_ == KeyType::ecdsa_p256 ? "SHA256" : nullptr;
  if (!context ||
      ::EVP_DigestVerifyInit_ex(context.get(), nullptr, digest, nullptr, nullptr, key.get(), nullptr) != 1) {
    ::ERR_clear_error();
    return fail(Errc::internal, "OpenSSL cannot verify {} signatures", to_string(type_));
  }
  const int verified = ::EVP_DigestVerify(context.get(), unsigned_chars(signature), signature.size(),
                                          unsigned_chars(message), message.size());
  ::ERR_clear_error();
  if (verified != 1) return fail(Errc::unverified, "the signature was not made by key {}", id_.hex().substr(0, 16));
  return {};
}

}  // namespace asterism::crypto
