// SPDX-License-Identifier: Apache-2.0
#include "crypto/private_key.hpp"

#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/store.h>
#include <openssl/x509.h>

#include "common/fs.hpp"
#include "common/handle.hpp"

namespace asterism::crypto {
namespace {

using Pkey = Handle<EVP_PKEY, ::EVP_PKEY_free>;
using MdCtx = Handle<EVP_MD_CTX, ::EVP_MD_CTX_free>;
using LibraryContext = Handle<OSSL_LIB_CTX, ::OSSL_LIB_CTX_free>;
using Provider = Handle<OSSL_PROVIDER, ::OSSL_PROVIDER_unload>;
using Store = Handle<OSSL_STORE_CTX, ::OSSL_STORE_close>;
using StoreInfo = Handle<OSSL_STORE_INFO, ::OSSL_STORE_INFO_free>;
using Bio = Handle<BIO, ::BIO_vfree>;

constexpr std::uint64_t key_file_bytes_max = 16384;
constexpr const char* passphrase_variable = "ASTERISM_KEY_PASSPHRASE";

/// What OpenSSL says went wrong, for the end of a message; its queue is empty afterwards.
std::string openssl_reason() {
  const unsigned long code = ::ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ::ERR_reason_error_string(code);
  std::string text = reason ? reason : "no reason given";
  ::ERR_clear_error();
  return text;
}

int give_passphrase(char* buffer, int size, int /*for_writing*/, void* /*unused*/) {
  const char* passphrase = std::getenv(passphrase_variable);
  const std::size_t length = passphrase ? std::strlen(passphrase) : 0;
  if (length == 0 || std::cmp_greater(length, size)) return -1;
  std::memcpy(buffer, passphrase, length);
  return static_cast<int>(length);
}

Result<Pkey> key_from_file(const std::string& path) {
  ASTERISM_TRY(auto text, read_file(path, key_file_bytes_max), "reading the key");
  if (as_text(text).contains("SIGSTORE PRIVATE KEY")) {
    return fail(Errc::unsupported, "'{}' is in cosign's own format: keep the key as PKCS#8 PEM or on a token",
                printable(path));
  }
  const Bio bio{::BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
  Pkey key{bio ? ::PEM_read_bio_PrivateKey(bio.get(), nullptr, give_passphrase, nullptr) : nullptr};
  ::OPENSSL_cleanse(text.data(), text.size());
  if (!key) {
    return fail(Errc::corrupt, "'{}' is no private key in PEM, or {} does not open it ({})", printable(path),
                passphrase_variable, openssl_reason());
  }
  return key;
}

/// The module of the provider is given as a parameter: OpenSSL's configuration file plays no part.
Result<Provider> load_pkcs11_provider(OSSL_LIB_CTX* library) {
  std::string name = "pkcs11-module-path";
  const char* variable = std::getenv("PKCS11_MODULE");
  std::string module = variable ? variable : "";
  OSSL_PARAM parameters[] = {::OSSL_PARAM_construct_utf8_string(name.c_str(), module.data(), module.size()),
                             ::OSSL_PARAM_construct_end()};
  Provider provider{::OSSL_PROVIDER_load_ex(library, "pkcs11", module.empty() ? nullptr : parameters)};
  if (!provider) return fail(Errc::unavailable, "OpenSSL's pkcs11 provider does not load ({})", openssl_reason());
  return provider;
}

/// The first private key that the URI finds.
Result<Pkey> key_from_token(OSSL_LIB_CTX* library, const std::string& uri) {
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

Result<PublicKey> public_part(const EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = ::i2d_PUBKEY(key, &der);
  if (size <= 0) {
    return fail(Errc::unavailable, "the key does not give its public part ({}): store the public key on the token too",
                openssl_reason());
  }
  auto made = PublicKey::from_spki(std::as_bytes(std::span{der, static_cast<std::size_t>(size)}));
  ::OPENSSL_free(der);
  return made;
}

}  // namespace

// Members are destroyed last to first: the key before the provider that it lives in.
struct PrivateKey::State {
  LibraryContext library;
  Provider built_in;
  Provider token;
  Pkey key;
  std::optional<PublicKey> public_key;
};

PrivateKey::PrivateKey(std::unique_ptr<State> state) noexcept : state_{std::move(state)} {}
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;
PrivateKey::~PrivateKey() = default;

Result<PrivateKey> PrivateKey::load(const std::string& source) {
  auto state = std::make_unique<State>();
  if (source.starts_with("pkcs11:")) {
    state->library.reset(::OSSL_LIB_CTX_new());
    state->built_in.reset(::OSSL_PROVIDER_load(state->library.get(), "default"));
    ASTERISM_TRY(state->token, load_pkcs11_provider(state->library.get()));
    ASTERISM_TRY(state->key, key_from_token(state->library.get(), source));
  } else {
    ASTERISM_TRY(state->key, key_from_file(source));
  }
  ASTERISM_TRY(state->public_key, public_part(state->key.get()), "signing key");
  return PrivateKey{std::move(state)};
}

const PublicKey& PrivateKey::public_key() const noexcept {
  return *state_->public_key;  // load() makes no key without one
}

Result<std::vector<std::byte>> PrivateKey::sign(Bytes message) const {
  const MdCtx context{::EVP_MD_CTX_new()};
  const char* digest = public_key().type() == KeyType::ecdsa_p256 ? "SHA256" : nullptr;
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
  ASTERISM_CHECK(public_key().verify(message, signature), "the signature just made");
  return signature;
}

}  // namespace asterism::crypto
