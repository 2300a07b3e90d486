// SPDX-License-Identifier: Apache-2.0
#include "crypto/hkdf.hpp"

#include <array>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "common/handle.hpp"

namespace asterism::crypto {
namespace {

using Kdf = Handle<EVP_KDF, ::EVP_KDF_free>;
using KdfContext = Handle<EVP_KDF_CTX, ::EVP_KDF_CTX_free>;

/// OpenSSL's parameters take pointers to non-const, and do not write to them.
OSSL_PARAM octets(const char* name, Bytes bytes) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast)
  return ::OSSL_PARAM_construct_octet_string(name, const_cast<std::byte*>(bytes.data()), bytes.size());
}

}  // namespace

Result<SecretBytes> hkdf_sha256(const SecretBytes& key, Bytes salt, Bytes info, std::size_t size_bytes) {
  ASTERISM_TRY(auto derived, SecretBytes::zeros(size_bytes));
  const Kdf kdf{::EVP_KDF_fetch(nullptr, "HKDF", nullptr)};
  const KdfContext context{kdf ? ::EVP_KDF_CTX_new(kdf.get()) : nullptr};
  if (!context) return fail(Errc::internal, "OpenSSL has no HKDF");
  std::array<char, 7> hash{"SHA256"};
  const std::array parameters{::OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, hash.data(), 0),
                              octets(OSSL_KDF_PARAM_KEY, key.bytes()), octets(OSSL_KDF_PARAM_SALT, salt),
                              octets(OSSL_KDF_PARAM_INFO, info), ::OSSL_PARAM_construct_end()};
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): OpenSSL's bytes are unsigned char
  auto* const out = reinterpret_cast<unsigned char*>(derived.writable().data());
  if (::EVP_KDF_derive(context.get(), out, derived.size(), parameters.data()) != 1)
    return fail(Errc::internal, "OpenSSL: HKDF-SHA-256");
  return derived;
}

}  // namespace asterism::crypto
