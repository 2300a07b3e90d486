// SPDX-License-Identifier: Apache-2.0
#include "tpm/p256.hpp"

#include <algorithm>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "common/handle.hpp"

namespace asterism::tpm {
namespace {

using Pkey = Handle<EVP_PKEY, ::EVP_PKEY_free>;
using KeyContext = Handle<EVP_PKEY_CTX, ::EVP_PKEY_CTX_free>;
using DigestContext = Handle<EVP_MD_CTX, ::EVP_MD_CTX_free>;

constexpr std::size_t point_bytes = 64;
constexpr std::byte uncompressed{0x04};

const unsigned char* in(Bytes bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());  // the type that OpenSSL takes bytes as
}

Result<Pkey> key_at(Bytes point) {
  if (point.size() != point_bytes) return fail(Errc::corrupt, "a point of {} bytes", point.size());
  std::vector<std::byte> encoded{uncompressed};
  append(encoded, point);
  char group[] = "prime256v1";
  OSSL_PARAM parameters[] = {
      ::OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
      ::OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, encoded.data(), encoded.size()),
      ::OSSL_PARAM_construct_end(),
  };
  const KeyContext context{::EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr)};
  EVP_PKEY* key = nullptr;
  const bool made = context && ::EVP_PKEY_fromdata_init(context.get()) == 1 &&
                    ::EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters) == 1;
  ::ERR_clear_error();
  if (!made) return fail(Errc::corrupt, "no point of P-256");
  return Pkey{key};
}

}  // namespace

struct P256Key::State {
  Pkey key;
  std::vector<std::byte> point;
};

P256Key::P256Key(std::unique_ptr<State> state) noexcept : state_{std::move(state)} {}
P256Key::P256Key(P256Key&&) noexcept = default;
P256Key& P256Key::operator=(P256Key&&) noexcept = default;
P256Key::~P256Key() = default;

Result<P256Key> P256Key::generate() {
  auto state = std::make_unique<State>();
  state->key.reset(::EVP_EC_gen("P-256"));
  std::vector<std::byte> encoded(1 + point_bytes);
  std::size_t size = 0;
  if (!state->key ||
      ::EVP_PKEY_get_octet_string_param(state->key.get(), OSSL_PKEY_PARAM_PUB_KEY,
                                        reinterpret_cast<unsigned char*>(encoded.data()), encoded.size(), &size) != 1 ||
      size != encoded.size() || encoded.front() != uncompressed) {
    ::ERR_clear_error();
    return fail(Errc::internal, "making a P-256 key");
  }
  append(state->point, Bytes{encoded}.subspan(1));
  return P256Key{std::move(state)};
}

Bytes P256Key::point() const noexcept {
  return state_->point;
}

Result<std::vector<std::byte>> P256Key::sign(Bytes message) const {
  const DigestContext context{::EVP_MD_CTX_new()};
  std::vector<std::byte> signature(static_cast<std::size_t>(::EVP_PKEY_get_size(state_->key.get())));
  std::size_t size = signature.size();
  const bool made = context &&
                    ::EVP_DigestSignInit(context.get(), nullptr, ::EVP_sha256(), nullptr, state_->key.get()) == 1 &&
                    ::EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                                     in(message), message.size()) == 1;
  ::ERR_clear_error();
  if (!made) return fail(Errc::internal, "signing with P-256");
  signature.resize(size);
  return signature;
}

Result<SecretBytes> P256Key::shared_x(Bytes peer) const {
  ASTERISM_TRY(const auto other, key_at(peer));
  ASTERISM_TRY(auto shared, SecretBytes::zeros(32));
  const KeyContext context{::EVP_PKEY_CTX_new(state_->key.get(), nullptr)};
  std::size_t size = shared.size();
  const bool derived =
      context && ::EVP_PKEY_derive_init(context.get()) == 1 &&
      ::EVP_PKEY_derive_set_peer(context.get(), other.get()) == 1 &&
      ::EVP_PKEY_derive(context.get(), reinterpret_cast<unsigned char*>(shared.writable().data()), &size) == 1;
  ::ERR_clear_error();
  if (!derived || size != shared.size()) return fail(Errc::corrupt, "no key agreement with that point");
  return shared;
}

Result<> verify_p256(Bytes point, Bytes message, Bytes signature) {
  ASTERISM_TRY(const auto key, key_at(point));
  const DigestContext context{::EVP_MD_CTX_new()};
  const bool verified =
      context && ::EVP_DigestVerifyInit(context.get(), nullptr, ::EVP_sha256(), nullptr, key.get()) == 1 &&
      ::EVP_DigestVerify(context.get(), in(signature), signature.size(), in(message), message.size()) == 1;
  ::ERR_clear_error();
  if (!verified) return fail(Errc::unverified, "the signature is not by this key");
  return {};
}

}  // namespace asterism::tpm
