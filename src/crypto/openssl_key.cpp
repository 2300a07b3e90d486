// SPDX-License-Identifier: Apache-2.0
#include "crypto/openssl_key.hpp"

#include <cstdlib>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <openssl/store.h>
#include <openssl/x509.h>

#include "common/handle.hpp"

namespace asterism::crypto {
namespace {

using Pkey = Handle<EVP_PKEY, ::EVP_PKEY_free>;
using PkeyCtx = Handle<EVP_PKEY_CTX, ::EVP_PKEY_CTX_free>;
using MdCtx = Handle<EVP_MD_CTX, ::EVP_MD_CTX_free>;
using LibraryContext = Handle<OSSL_LIB_CTX, ::OSSL_LIB_CTX_free>;
using Provider = Handle<OSSL_PROVIDER, ::OSSL_PROVIDER_unload>;
using Store = Handle<OSSL_STORE_CTX, ::OSSL_STORE_close>;
using StoreInfo = Handle<OSSL_STORE_INFO, ::OSSL_STORE_INFO_free>;
using Bio = Handle<BIO, ::BIO_vfree>;

Result<Provider> load_pkcs11_provider(OSSL_LIB_CTX* library) {
  std::string name = "pkcs11-module-path";
  const char* variable = std::getenv("PKCS11_MODULE");  // NOLINT(concurrency-mt-unsafe): nothing sets a variable
  std::string module = variable ? variable : "";
  OSSL_PARAM parameters[] = {::OSSL_PARAM_construct_utf8_string(name.c_str(), module.data(), module.size()),
                             ::OSSL_PARAM_construct_end()};
  Provider provider{::OSSL_PROVIDER_load_ex(library, "pkcs11", module.empty() ? nullptr : parameters)};
  if (!provider) return fail(Errc::unavailable, "OpenSSL's pkcs11 provider does not load ({})", openssl_reason());
  return provider;
}

Result<Pkey> find_key(OSSL_LIB_CTX* library, const std::string& uri) {
  const Store store{::OSSL_STORE_open_ex(uri.c_str(), library, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr)};
  if (!store) return fail(Errc::unavailable, "the PKCS#11 token cannot be opened ({})", openssl_reason());
  ::OSSL_STORE_expect(store.get(), OSSL_STORE_INFO_PKEY);
  while (::OSSL_STORE_eof(store.get()) == 0) {
    const StoreInfo info{::OSSL_STORE_load(store.get())};
    if (!info) break;
    if (::OSSL_STORE_INFO_get_type(info.get()) == OSSL_STORE_INFO_PKEY) {
      return Pkey{::OSSL_STORE_INFO_get1_PKEY(info.get())};
    }
  }
  return fail(Errc::unavailable, "the PKCS#11 URI finds no private key, or the PIN is wrong ({})", openssl_reason());
}

}  // namespace

std::string openssl_reason() {
  const unsigned long code = ::ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ::ERR_reason_error_string(code);
  std::string text = reason ? reason : "no reason given";
  ::ERR_clear_error();
  return text;
}

bool is_token_uri(std::string_view text) noexcept {
  return text.starts_with("pkcs11:");
}

// Members are destroyed last to first: the key before the provider that it lives in.
struct OpensslKey::State {
  LibraryContext library;
  Provider built_in;
  Provider token;
  Pkey key;
};

OpensslKey::OpensslKey(std::unique_ptr<State> state) noexcept : state_{std::move(state)} {}
OpensslKey::OpensslKey(OpensslKey&&) noexcept = default;
OpensslKey& OpensslKey::operator=(OpensslKey&&) noexcept = default;
OpensslKey::~OpensslKey() = default;

Result<OpensslKey> OpensslKey::from_pem(std::vector<std::byte> text, Passphrase passphrase) {
  auto state = std::make_unique<State>();
  const Bio bio{::BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
  state->key.reset(bio ? ::PEM_read_bio_PrivateKey(bio.get(), nullptr, passphrase, nullptr) : nullptr);
  ::OPENSSL_cleanse(text.data(), text.size());
  if (!state->key) return fail(Errc::corrupt, "{}", openssl_reason());
  return OpensslKey{std::move(state)};
}

Result<OpensslKey> OpensslKey::from_token(const std::string& uri) {
  auto state = std::make_unique<State>();
  state->library.reset(::OSSL_LIB_CTX_new());
  state->built_in.reset(::OSSL_PROVIDER_load(state->library.get(), "default"));
  ASTERISM_TRY(state->token, load_pkcs11_provider(state->library.get()));
  ASTERISM_TRY(state->key, find_key(state->library.get(), uri));
  return OpensslKey{std::move(state)};
}

bool OpensslKey::is_a(const char* type) const {
  return ::EVP_PKEY_is_a(state_->key.get(), type) == 1;
}

Result<std::vector<std::byte>> OpensslKey::spki() const {
  unsigned char* der = nullptr;
  const int size = ::i2d_PUBKEY(state_->key.get(), &der);
  if (size <= 0) {
    return fail(Errc::unavailable, "the key does not give its public part ({}): store the public key on the token too",
                openssl_reason());
  }
  const Bytes bytes = std::as_bytes(std::span{der, static_cast<std::size_t>(size)});
  std::vector<std::byte> copy{bytes.begin(), bytes.end()};
  ::OPENSSL_free(der);
  return copy;
}

Result<std::vector<std::byte>> OpensslKey::sign(Bytes message, const char* digest) const {
  const MdCtx context{::EVP_MD_CTX_new()};
  const auto* data = reinterpret_cast<const unsigned char*>(message.data());  // the type that OpenSSL takes bytes as
  std::size_t size = 0;
  if (!context ||
      ::EVP_DigestSignInit_ex(context.get(), nullptr, digest, state_->library.get(), nullptr, state_->key.get(),
                              nullptr) != 1 ||
      ::EVP_DigestSign(context.get(), nullptr, &size, data, message.size()) != 1) {
    return fail(Errc::unavailable, "the key does not sign ({})", openssl_reason());
  }
  std::vector<std::byte> signature(size);
  if (::EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, data,
                       message.size()) != 1) {
    return fail(Errc::unavailable, "the key does not sign ({})", openssl_reason());
  }
  signature.resize(size);
  return signature;
}

Result<SecretBytes> OpensslKey::decrypt_oaep(Bytes ciphertext) const {
  const PkeyCtx context{::EVP_PKEY_CTX_new_from_pkey(state_->library.get(), state_->key.get(), nullptr)};
  if (!context || ::EVP_PKEY_decrypt_init(context.get()) != 1 ||
      ::EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING) != 1 ||
      ::EVP_PKEY_CTX_set_rsa_oaep_md_name(context.get(), "SHA256", nullptr) != 1) {
    return fail(Errc::unavailable, "the key does not decrypt ({})", openssl_reason());
  }
  const auto* data = reinterpret_cast<const unsigned char*>(ciphertext.data());  // the type that OpenSSL takes bytes as
  std::size_t size = 0;
  if (::EVP_PKEY_decrypt(context.get(), nullptr, &size, data, ciphertext.size()) != 1) {
    return fail(Errc::unavailable, "the key does not decrypt ({})", openssl_reason());
  }
  ASTERISM_TRY(auto room, SecretBytes::zeros(size));
  if (::EVP_PKEY_decrypt(context.get(), reinterpret_cast<unsigned char*>(room.writable().data()), &size, data,
                         ciphertext.size()) != 1) {
    return fail(Errc::unverified, "it was not encrypted to this key ({})", openssl_reason());
  }
  return SecretBytes::copy_of(room.bytes().first(size));
}

}  // namespace asterism::crypto
