// SPDX-License-Identifier: Apache-2.0
#include "tpm/credential.hpp"

#include <algorithm>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "common/handle.hpp"
#include "tpm/wire.hpp"

namespace asterism::tpm {
namespace {

using CipherContext = Handle<EVP_CIPHER_CTX, ::EVP_CIPHER_CTX_free>;

constexpr std::size_t name_bytes = 34;
constexpr std::size_t secret_bytes_max = 32;
constexpr std::size_t hash_bytes = 32;
constexpr std::size_t coordinate_bytes = 32;

const unsigned char* in(Bytes bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());  // the type that OpenSSL takes bytes as
}

Result<std::vector<std::byte>> hmac(Bytes key, Bytes message) {
  std::vector<std::byte> mac(hash_bytes);
  unsigned size = 0;
  if (!::HMAC(::EVP_sha256(), in(key), static_cast<int>(key.size()), in(message), message.size(),
              reinterpret_cast<unsigned char*>(mac.data()), &size)) {
    return fail(Errc::internal, "HMAC");
  }
  return mac;
}

/// KDFa for at most one block of SHA-256.
Result<std::vector<std::byte>> kdf_a(Bytes key, std::string_view label, Bytes context, unsigned bits) {
  std::vector<std::byte> message;
  append_be(message, 1, 4);
  append(message, as_bytes(label));
  message.push_back(std::byte{0});
  append(message, context);
  append_be(message, bits, 4);
  ASTERISM_TRY(auto block, hmac(key, message));
  block.resize(bits / 8);
  return block;
}

/// KDFe for one block of SHA-256: the seed.
Result<Digest> kdf_e(const SecretBytes& shared, Bytes ephemeral, Bytes endorsement) {
  std::vector<std::byte> head;
  append_be(head, 1, 4);
  std::vector<std::byte> tail;
  append(tail, as_bytes("IDENTITY"));
  tail.push_back(std::byte{0});
  append(tail, ephemeral.first(coordinate_bytes));
  append(tail, endorsement.first(coordinate_bytes));
  return hash(HashAlgorithm::sha256, {head, shared.bytes(), tail});
}

enum class Direction : std::uint8_t { decrypt = 0, encrypt = 1 };

/// AES-128-CFB with an initialisation vector of zeros, in place.
Result<> aes_cfb(Bytes key, std::span<std::byte> data, Direction direction) {
  const std::array<unsigned char, 16> vector{};
  const CipherContext context{::EVP_CIPHER_CTX_new()};
  int size = 0;
  auto* bytes = reinterpret_cast<unsigned char*>(data.data());
  const bool done = context &&
                    ::EVP_CipherInit_ex2(context.get(), ::EVP_aes_128_cfb128(), in(key), vector.data(),
                                         static_cast<int>(direction), nullptr) == 1 &&
                    ::EVP_CipherUpdate(context.get(), bytes, &size, bytes, static_cast<int>(data.size())) == 1;
  ::ERR_clear_error();
  if (!done) return fail(Errc::internal, "AES-128-CFB");
  return {};
}

/// HMAC of the encrypted identity and the Name that it is for.
Result<std::vector<std::byte>> outer_mac(const Digest& seed, Bytes encrypted, Bytes key_name) {
  ASTERISM_TRY(const auto key, kdf_a(seed.bytes(), "INTEGRITY", {}, 256));
  std::vector<std::byte> message;
  append(message, encrypted);
  append(message, key_name);
  return hmac(key, message);
}

/// Takes a TPM2B off the front. @errors `corrupt`.
Result<Bytes> take_sized(Bytes& from) {
  if (from.size() < 2) return fail(Errc::corrupt, "cut short");
  const std::size_t size = read_be(from.first(2));
  if (from.size() - 2 < size) return fail(Errc::corrupt, "cut short");
  const Bytes content = from.subspan(2, size);
  from = from.subspan(2 + size);
  return content;
}

Result<> append_coordinate(std::vector<std::byte>& point, Bytes coordinate) {
  if (coordinate.size() > coordinate_bytes) return fail(Errc::corrupt, "a coordinate of {} bytes", coordinate.size());
  point.insert(point.end(), coordinate_bytes - coordinate.size(), std::byte{0});
  append(point, coordinate);
  return {};
}

Result<std::vector<std::byte>> take_point(Bytes& from) {
  std::vector<std::byte> point;
  for (int i = 0; i < 2; ++i) {
    ASTERISM_TRY(const Bytes coordinate, take_sized(from));
    ASTERISM_CHECK(append_coordinate(point, coordinate));
  }
  return point;
}

/// A 16-bit number off the front.
Result<std::uint64_t> take_u16(Bytes& from) {
  if (from.size() < 2) return fail(Errc::corrupt, "cut short");
  const std::uint64_t value = read_be(from.first(2));
  from = from.subspan(2);
  return value;
}

}  // namespace

Result<std::vector<std::byte>> p256_point(Bytes public_area) {
  constexpr std::uint64_t ecc = 0x0023;
  constexpr std::uint64_t null = 0x0010;
  constexpr std::uint64_t aes = 0x0006;
  constexpr std::uint64_t ecdsa = 0x0018;
  constexpr std::uint64_t p256 = 0x0003;
  Bytes rest = public_area;
  ASTERISM_TRY(const auto type, take_u16(rest), "public area");
  ASTERISM_TRY(const auto name_algorithm, take_u16(rest), "public area");
  if (type != ecc || name_algorithm != algorithm_id(HashAlgorithm::sha256)) {
    return fail(Errc::unsupported, "public area of another kind of key than ECC with SHA-256");
  }
  if (rest.size() < 4) return fail(Errc::corrupt, "public area: cut short");
  rest = rest.subspan(4);  // attributes
  ASTERISM_TRY([[maybe_unused]] const Bytes policy, take_sized(rest), "public area");
  ASTERISM_TRY(const auto cipher, take_u16(rest), "public area");
  if (cipher == aes) {
    constexpr std::uint64_t cfb = 0x0043;
    ASTERISM_TRY(const auto bits, take_u16(rest), "public area");
    ASTERISM_TRY(const auto mode, take_u16(rest), "public area");
    if (bits != 128 || mode != cfb) return fail(Errc::unsupported, "public area with another cipher than AES-128-CFB");
  } else if (cipher != null) {
    return fail(Errc::unsupported, "public area with another cipher than AES-128-CFB");
  }
  ASTERISM_TRY(const auto scheme, take_u16(rest), "public area");
  if (scheme == ecdsa) {
    ASTERISM_TRY([[maybe_unused]] const auto hash_algorithm, take_u16(rest), "public area");
  } else if (scheme != null) {
    return fail(Errc::unsupported, "public area with signature scheme {:#x}", scheme);
  }
  ASTERISM_TRY(const auto curve, take_u16(rest), "public area");
  ASTERISM_TRY(const auto kdf, take_u16(rest), "public area");
  if (curve != p256 || kdf != null) return fail(Errc::unsupported, "public area on another curve than P-256");
  ASTERISM_TRY(auto point, take_point(rest), "public area");
  if (!rest.empty()) return fail(Errc::corrupt, "public area: {} bytes too many", rest.size());
  return point;
}

Result<Credential> make_credential(Bytes endorsement_key, Bytes key_name, const SecretBytes& secret) {
  if (secret.size() == 0 || secret.size() > secret_bytes_max) {
    return fail(Errc::usage, "a credential for a secret of {} bytes (1 to {})", secret.size(), secret_bytes_max);
  }
  if (key_name.size() != name_bytes) return fail(Errc::usage, "a Name of {} bytes", key_name.size());
  ASTERISM_TRY(const auto endorsement, p256_point(endorsement_key), "endorsement key");
  ASTERISM_TRY(const auto ephemeral, P256Key::generate());
  ASTERISM_TRY(const auto shared, ephemeral.shared_x(endorsement), "endorsement key");
  ASTERISM_TRY(const auto seed, kdf_e(shared, ephemeral.point(), endorsement));
  std::vector<std::byte> identity;
  append_sized(identity, secret.bytes());
  ASTERISM_TRY(const auto key, kdf_a(seed.bytes(), "STORAGE", key_name, 128));
  ASTERISM_CHECK(aes_cfb(key, identity, Direction::encrypt));
  ASTERISM_TRY(const auto mac, outer_mac(seed, identity, key_name));
  Credential credential;
  append_sized(credential.blob, mac);
  append(credential.blob, identity);
  append_sized(credential.encrypted_secret, ephemeral.point().first(coordinate_bytes));
  append_sized(credential.encrypted_secret, ephemeral.point().last(coordinate_bytes));
  return credential;
}

Result<SecretBytes> open_credential(const P256Key& endorsement_key, Bytes key_name, const Credential& credential) {
  const auto refuse = [](auto&&) { return Error{Errc::unverified, "the credential is for another TPM or key"}; };
  Bytes encrypted_secret{credential.encrypted_secret};
  ASTERISM_TRY(const auto ephemeral, take_point(encrypted_secret).transform_error(refuse));
  ASTERISM_TRY(const auto shared, endorsement_key.shared_x(ephemeral).transform_error(refuse));
  ASTERISM_TRY(const auto seed, kdf_e(shared, ephemeral, endorsement_key.point()));
  Bytes blob{credential.blob};
  ASTERISM_TRY(const Bytes mac, take_sized(blob).transform_error(refuse));
  ASTERISM_TRY(const auto wanted, outer_mac(seed, blob, key_name));
  if (!std::ranges::equal(mac, wanted)) return fail(Errc::unverified, "the credential is for another TPM or key");
  ASTERISM_TRY(auto identity, SecretBytes::copy_of(blob));
  ASTERISM_TRY(const auto key, kdf_a(seed.bytes(), "STORAGE", key_name, 128));
  ASTERISM_CHECK(aes_cfb(key, identity.writable(), Direction::decrypt));
  Bytes content = identity.bytes();
  ASTERISM_TRY(const Bytes secret, take_sized(content).transform_error(refuse));
  return SecretBytes::copy_of(secret);
}

}  // namespace asterism::tpm
