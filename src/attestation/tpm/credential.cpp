// SPDX-License-Identifier: Apache-2.0
#include "attestation/tpm/credential.hpp"

#include <array>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include "common/handle.hpp"

namespace asterism::attestation {
namespace {

using KeyContext = Handle<EVP_PKEY_CTX, ::EVP_PKEY_CTX_free>;
using CipherContext = Handle<EVP_CIPHER_CTX, ::EVP_CIPHER_CTX_free>;
using Key = Handle<EVP_PKEY, ::EVP_PKEY_free>;
using BigNumber = Handle<BIGNUM, ::BN_free>;
using Buffer = std::vector<std::byte>;

/// The protection that the EK's default template prescribes.
struct Protection {
  HashAlgorithm hash = HashAlgorithm::sha256;
  std::size_t aes_bytes = 16;
};

const EVP_MD* md_of(HashAlgorithm hash) {
  return hash == HashAlgorithm::sha256 ? ::EVP_sha256() : ::EVP_sha384();
}

unsigned char* chars(std::byte* data) {
  return reinterpret_cast<unsigned char*>(data);
}
const unsigned char* chars(const std::byte* data) {
  return reinterpret_cast<const unsigned char*>(data);
}

void append_be(Buffer& out, std::uint64_t value, std::size_t width) {
  for (std::size_t i = width; i > 0; --i)
    out.push_back(static_cast<std::byte>((value >> (8 * (i - 1))) & 0xff));
}

/// Bytes with their 16-bit size in front.
void append_sized(Buffer& out, Bytes bytes) {
  append_be(out, bytes.size(), 2);
  append(out, bytes);
}

/// The label as it goes into both KDFs and OAEP: with its NUL.
void append_label(Buffer& out, std::string_view label) {
  append(out, as_bytes(label));
  out.push_back(std::byte{0});
}

Result<Buffer> hmac(HashAlgorithm hash, Bytes key, Bytes message) {
  Buffer out(digest_size_bytes(hash));
  unsigned int length = 0;
  if (!::HMAC(md_of(hash), key.data(), static_cast<int>(key.size()), chars(message.data()), message.size(),
              chars(out.data()), &length)) {
    return fail(Errc::internal, "HMAC");
  }
  return out;
}

/// KDFa for up to one digest of output: here never more is needed.
Result<Buffer> kdfa(HashAlgorithm algorithm, Bytes seed, std::string_view label, Bytes context, std::size_t bytes) {
  Buffer message;
  append_be(message, 1, 4);
  append_label(message, label);
  append(message, context);
  append_be(message, bytes * 8, 4);
  ASTERISM_TRY(auto out, hmac(algorithm, seed, message));
  out.resize(bytes);
  return out;
}

struct Seed {
  Buffer seed;
  Buffer encrypted;
};

Result<Seed> rsa_seed(const PublicKey& ek, const Protection& protection) {
  Seed out{.seed = Buffer(digest_size_bytes(protection.hash)), .encrypted = {}};
  Buffer label;
  append_label(label, "IDENTITY");
  void* label_copy = ::OPENSSL_memdup(label.data(), label.size());
  const KeyContext context{::EVP_PKEY_CTX_new(ek.handle(), nullptr)};
  bool good = context && label_copy && ::RAND_bytes(chars(out.seed.data()), static_cast<int>(out.seed.size())) == 1 &&
              ::EVP_PKEY_encrypt_init(context.get()) == 1 &&
              ::EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING) == 1 &&
              ::EVP_PKEY_CTX_set_rsa_oaep_md(context.get(), md_of(protection.hash)) == 1 &&
              ::EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), md_of(protection.hash)) == 1;
  if (!good || ::EVP_PKEY_CTX_set0_rsa_oaep_label(context.get(), label_copy, static_cast<int>(label.size())) != 1) {
    ::OPENSSL_free(label_copy);  // else it belongs to the context
    return fail(Errc::internal, "preparing the encryption for an EK");
  }
  Buffer cipher(static_cast<std::size_t>(::EVP_PKEY_get_size(ek.handle())));
  std::size_t length = cipher.size();
  good = ::EVP_PKEY_encrypt(context.get(), chars(cipher.data()), &length, chars(out.seed.data()), out.seed.size()) == 1;
  ::ERR_clear_error();
  if (!good) return fail(Errc::internal, "encrypting for an EK");
  cipher.resize(length);
  append_sized(out.encrypted, cipher);
  return out;
}

/// A coordinate of a key's point, filled up to the curve's size as KDFe wants it.
Result<Buffer> coordinate(EVP_PKEY* key, const char* name, std::size_t size) {
  BIGNUM* raw = nullptr;
  const bool good = ::EVP_PKEY_get_bn_param(key, name, &raw) == 1;
  const BigNumber number{raw};
  Buffer out(size);
  if (!good || ::BN_bn2binpad(number.get(), chars(out.data()), static_cast<int>(size)) < 0) {
    return fail(Errc::internal, "reading a point");
  }
  return out;
}

Result<Seed> ecc_seed(const PublicKey& ek, const Protection& protection) {
  const bool p256 = ek.kind() == KeyKind::ec_p256;
  const std::size_t size = p256 ? 32 : 48;
  const Key ephemeral{::EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", p256 ? "P-256" : "P-384")};
  const KeyContext context{ephemeral ? ::EVP_PKEY_CTX_new(ephemeral.get(), nullptr) : nullptr};
  Buffer shared(size);
  std::size_t length = size;
  const bool good = context && ::EVP_PKEY_derive_init(context.get()) == 1 &&
                    ::EVP_PKEY_derive_set_peer(context.get(), ek.handle()) == 1 &&
                    ::EVP_PKEY_derive(context.get(), chars(shared.data()), &length) == 1 && length == size;
  ::ERR_clear_error();
  if (!good) return fail(Errc::internal, "agreeing on a key with an EK");
  ASTERISM_TRY(const auto x, coordinate(ephemeral.get(), OSSL_PKEY_PARAM_EC_PUB_X, size));
  ASTERISM_TRY(const auto y, coordinate(ephemeral.get(), OSSL_PKEY_PARAM_EC_PUB_Y, size));
  ASTERISM_TRY(const auto ek_x, coordinate(ek.handle(), OSSL_PKEY_PARAM_EC_PUB_X, size));
  Buffer message;  // KDFe: counter, Z, label, both x coordinates
  append_be(message, 1, 4);
  append(message, shared);
  append_label(message, "IDENTITY");
  append(message, x);
  append(message, ek_x);
  ASTERISM_TRY(const auto digest, hash(protection.hash, message));
  Seed out;
  append(out.seed, digest.bytes());
  Buffer point;
  append_sized(point, x);
  append_sized(point, y);
  append_sized(out.encrypted, point);
  return out;
}

Result<Buffer> aes_cfb(Bytes key, Bytes plain) {
  const CipherContext context{::EVP_CIPHER_CTX_new()};
  constexpr std::array<unsigned char, 16> iv{};
  Buffer out(plain.size());
  int length = 0;
  const bool good =
      context &&
      ::EVP_EncryptInit_ex(context.get(), key.size() == 16 ? ::EVP_aes_128_cfb128() : ::EVP_aes_256_cfb128(), nullptr,
                           chars(key.data()), iv.data()) == 1 &&
      ::EVP_EncryptUpdate(context.get(), chars(out.data()), &length, chars(plain.data()),
                          static_cast<int>(plain.size())) == 1;
  if (!good) return fail(Errc::internal, "AES-CFB");
  return out;
}

Result<Protection> protection_of(const PublicKey& ek) {
  if (ek.kind() == KeyKind::ec_p384) return Protection{.hash = HashAlgorithm::sha384, .aes_bytes = 32};
  if (ek.kind() == KeyKind::rsa && ::EVP_PKEY_get_bits(ek.handle()) != 2048) {
    return fail(Errc::unsupported, "EK with RSA of {} bits (known: 2048)", ::EVP_PKEY_get_bits(ek.handle()));
  }
  return Protection{};
}

}  // namespace

Result<Credential> make_credential(const PublicKey& ek, Bytes name, Bytes secret) {
  ASTERISM_TRY(const auto protection, protection_of(ek));
  ASTERISM_TRY(const auto seed, ek.kind() == KeyKind::rsa ? rsa_seed(ek, protection) : ecc_seed(ek, protection));
  ASTERISM_TRY(const auto key, kdfa(protection.hash, seed.seed, "STORAGE", name, protection.aes_bytes));
  ASTERISM_TRY(const auto mac_key,
               kdfa(protection.hash, seed.seed, "INTEGRITY", {}, digest_size_bytes(protection.hash)));
  Buffer plain;
  append_sized(plain, secret);
  ASTERISM_TRY(const auto identity, aes_cfb(key, plain));
  Buffer covered = identity;
  append(covered, name);
  ASTERISM_TRY(const auto mac, hmac(protection.hash, mac_key, covered));
  Buffer object;
  append_sized(object, mac);
  append(object, identity);
  Credential out;
  append_sized(out.id_object, object);
  out.encrypted_secret = seed.encrypted;
  return out;
}

}  // namespace asterism::attestation
