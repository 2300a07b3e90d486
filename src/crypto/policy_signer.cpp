// SPDX-License-Identifier: Apache-2.0
#include "crypto/policy_signer.hpp"

#include <cstdlib>

#include <openssl/bio.h>
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
using DigestContext = Handle<EVP_MD_CTX, ::EVP_MD_CTX_free>;
using Library = Handle<OSSL_LIB_CTX, ::OSSL_LIB_CTX_free>;
using Provider = Handle<OSSL_PROVIDER, ::OSSL_PROVIDER_unload>;
using Store = Handle<OSSL_STORE_CTX, ::OSSL_STORE_close>;
using StoreInfo = Handle<OSSL_STORE_INFO, ::OSSL_STORE_INFO_free>;
using Bio = Handle<BIO, ::BIO_vfree>;

constexpr std::string_view uri_scheme = "pkcs11:";
constexpr std::uint64_t key_file_bytes_max = 16384;

/// What OpenSSL says went wrong; its queue is empty afterwards.
std::string reason() {
  const char* text = ::ERR_reason_error_string(::ERR_peek_last_error());
  std::string result = text ? text : "no reason given";
  ::ERR_clear_error();
  return result;
}

/// Encrypted files are refused: nobody is there to be asked for a passphrase.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) {
  return -1;
}

/// The URI in a file's only line, or nothing.
std::string uri_in(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with(' '))
    text.remove_suffix(1);
  return text.starts_with(uri_scheme) && !text.contains('\n') ? std::string{text} : std::string{};
}

Result<Provider> load_token_provider(OSSL_LIB_CTX* library) {
  const char* variable = std::getenv("PKCS11_MODULE");
  std::string module = variable ? variable : "";
  OSSL_PARAM parameters[] = {::OSSL_PARAM_construct_utf8_string("pkcs11-module-path", module.data(), 0),
                             ::OSSL_PARAM_construct_end()};
  Provider provider{::OSSL_PROVIDER_load_ex(library, "pkcs11", module.empty() ? nullptr : parameters)};
  if (!provider) return fail(Errc::unavailable, "OpenSSL's provider pkcs11 does not load ({})", reason());
  return provider;
}

Result<Pkey> key_of_token(OSSL_LIB_CTX* library, const std::string& uri) {
  const Store store{::OSSL_STORE_open_ex(uri.c_str(), library, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr)};
  if (!store) return fail(Errc::unavailable, "the token of the PKCS#11 URI cannot be opened ({})", reason());
  ::OSSL_STORE_expect(store.get(), OSSL_STORE_INFO_PKEY);
  while (::OSSL_STORE_eof(store.get()) == 0) {
    const StoreInfo info{::OSSL_STORE_load(store.get())};
    if (!info) break;
    if (::OSSL_STORE_INFO_get_type(info.get()) == OSSL_STORE_INFO_PKEY) {
      return Pkey{::OSSL_STORE_INFO_get1_PKEY(info.get())};
    }
  }
  return fail(Errc::unavailable, "the PKCS#11 URI leads to no private key, or the PIN is wrong ({})", reason());
}

Result<std::string> public_pem_of(EVP_PKEY& key) {
  if (::EVP_PKEY_is_a(&key, "RSA") != 1 && ::EVP_PKEY_is_a(&key, "EC") != 1) {
    return fail(Errc::unsupported, "a policy key has to be RSA or P-256");
  }
  // By way of DER: the provider of a token would write a PEM block of its own kind.
  unsigned char* der = nullptr;
  const int der_size = ::i2d_PUBKEY(&key, &der);
  const unsigned char* at = der;
  const Pkey bare{der_size > 0 ? ::d2i_PUBKEY(nullptr, &at, der_size) : nullptr};
  ::OPENSSL_free(der);
  const Bio out{::BIO_new(::BIO_s_mem())};
  char* text = nullptr;
  if (!bare || !out || ::PEM_write_bio_PUBKEY(out.get(), bare.get()) != 1) {
    return fail(Errc::unavailable, "the key does not give its public part ({})", reason());
  }
  const long size = ::BIO_get_mem_data(out.get(), &text);
  return std::string{text, static_cast<std::size_t>(size)};
}

}  // namespace

// Members end last to first: the key before the provider that it lives in.
struct PolicySigner::State {
  Library library;
  Provider built_in;
  Provider token;
  Pkey key;
  std::string public_pem;
};

PolicySigner::PolicySigner(std::unique_ptr<State> state) noexcept : state_{std::move(state)} {}
PolicySigner::PolicySigner(PolicySigner&&) noexcept = default;
PolicySigner& PolicySigner::operator=(PolicySigner&&) noexcept = default;
PolicySigner::~PolicySigner() = default;

Result<PolicySigner> PolicySigner::load(const std::string& source) {
  auto state = std::make_unique<State>();
  std::string uri = uri_in(source);
  if (uri.empty()) {
    ASTERISM_TRY(auto text, read_file(source, key_file_bytes_max), "policy key");
    uri = uri_in(as_text(text));
    if (uri.empty()) {
      const Bio bio{::BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
      state->key.reset(bio ? ::PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr) : nullptr);
      if (!state->key) {
        return fail(Errc::corrupt, "'{}' is no unencrypted private key in PEM ({})", printable(source), reason());
      }
    }
    ::OPENSSL_cleanse(text.data(), text.size());
  }
  if (!uri.empty()) {
    state->library.reset(::OSSL_LIB_CTX_new());
    state->built_in.reset(::OSSL_PROVIDER_load(state->library.get(), "default"));
    ASTERISM_TRY(state->token, load_token_provider(state->library.get()));
    ASTERISM_TRY(state->key, key_of_token(state->library.get(), uri));
  }
  ASTERISM_TRY(state->public_pem, public_pem_of(*state->key), "policy key");
  return PolicySigner{std::move(state)};
}

const std::string& PolicySigner::public_pem() const noexcept {
  return state_->public_pem;
}

Result<std::vector<std::byte>> PolicySigner::sign(Bytes message, HashAlgorithm algorithm) const {
  const char* digest = algorithm == HashAlgorithm::sha256 ? "SHA256" : "SHA384";
  const DigestContext context{::EVP_MD_CTX_new()};
  const auto* data = reinterpret_cast<const unsigned char*>(message.data());  // the type that OpenSSL takes bytes as
  std::size_t size = 0;
  std::vector<std::byte> signature;
  bool done = context &&
              ::EVP_DigestSignInit_ex(context.get(), nullptr, digest, state_->library.get(), nullptr, state_->key.get(),
                                      nullptr) == 1 &&
              ::EVP_DigestSign(context.get(), nullptr, &size, data, message.size()) == 1;
  if (done) {
    signature.resize(size);
    done = ::EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, data,
                            message.size()) == 1;
  }
  if (!done) return fail(Errc::unavailable, "the policy key does not sign ({})", reason());
  signature.resize(size);
  return signature;
}

}  // namespace asterism::crypto
