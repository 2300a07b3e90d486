// SPDX-License-Identifier: Apache-2.0
#include "crypto/p384.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>

#include "common/handle.hpp"

namespace asterism::crypto {
namespace {

using EvpPkey = Handle<EVP_PKEY, ::EVP_PKEY_free>;
using EvpPkeyCtx = Handle<EVP_PKEY_CTX, ::EVP_PKEY_CTX_free>;
using EvpMdCtx = Handle<EVP_MD_CTX, ::EVP_MD_CTX_free>;
using Bio = Handle<BIO, ::BIO_free_all>;
using BigNumber = Handle<BIGNUM, ::BN_free>;
using EcdsaSig = Handle<ECDSA_SIG, ::ECDSA_SIG_free>;

constexpr std::string_view curve_name = "secp384r1";
constexpr const char* digest_name = "SHA384";
constexpr std::size_t number_bytes = 48;

/// Never asks anybody for a passphrase.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

std::unexpected<Error> openssl_failed(std::string_view doing) {
  return fail(Errc::internal, "OpenSSL failed: {}", doing);
}

Result<P384Number> to_number(const BIGNUM* value) {
  P384Number number{};
  auto* out = reinterpret_cast<unsigned char*>(number.data());
  if (!value || ::BN_bn2binpad(value, out, number_bytes) != static_cast<int>(number_bytes)) {
    return openssl_failed("writing a number of P-384");
  }
  return number;
}

const unsigned char* chars(Bytes bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

Result<P384Number> coordinate(const EVP_PKEY* key, const char* name) {
  BIGNUM* raw = nullptr;
  if (::EVP_PKEY_get_bn_param(key, name, &raw) != 1) return openssl_failed("reading a public key");
  const BigNumber value{raw};
  return to_number(value.get());
}

Result<EvpPkey> public_key(const P384Point& point) {
  std::vector<std::byte> encoded{std::byte{4}};  // uncompressed point
  append(encoded, point.x);
  append(encoded, point.y);
  std::string curve{curve_name};
  OSSL_PARAM params[] = {::OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, curve.data(), 0),
                         ::OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, encoded.data(), encoded.size()),
                         ::OSSL_PARAM_construct_end()};
  const EvpPkeyCtx context{::EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr)};
  EVP_PKEY* raw = nullptr;
  if (!context || ::EVP_PKEY_fromdata_init(context.get()) != 1) return openssl_failed("making a public key");
  if (::EVP_PKEY_fromdata(context.get(), &raw, EVP_PKEY_PUBLIC_KEY, params) != 1) {
    return fail(Errc::unverified, "the public key is no point of P-384");
  }
  return EvpPkey{raw};
}

}  // namespace

struct P384Key::State {
  EvpPkey key;
};

P384Key::P384Key(std::unique_ptr<State> state) noexcept : state_{std::move(state)} {}
P384Key::P384Key(P384Key&&) noexcept = default;
P384Key& P384Key::operator=(P384Key&&) noexcept = default;
P384Key::~P384Key() = default;

Result<P384Key> P384Key::from_pem(std::string_view pem) {
  const Bio bio{::BIO_new_mem_buf(pem.data(), static_cast<int>(std::min<std::size_t>(pem.size(), 1U << 20)))};
  if (!bio) return openssl_failed("reading a private key");
  EvpPkey key{::PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr)};
  if (!key) return fail(Errc::corrupt, "no unencrypted private key in PEM form");
  std::array<char, 64> group{};
  std::size_t size = 0;
  if (::EVP_PKEY_is_a(key.get(), "EC") != 1 ||
      ::EVP_PKEY_get_group_name(key.get(), group.data(), group.size(), &size) != 1 ||
      std::string_view(group.data(), size) != curve_name) {
    return fail(Errc::unsupported, "the key is not of the curve P-384");
  }
  return P384Key{std::make_unique<State>(std::move(key))};
}

Result<P384Point> P384Key::public_point() const {
  P384Point point;
  ASTERISM_TRY(point.x, coordinate(state_->key.get(), OSSL_PKEY_PARAM_EC_PUB_X));
  ASTERISM_TRY(point.y, coordinate(state_->key.get(), OSSL_PKEY_PARAM_EC_PUB_Y));
  return point;
}

Result<P384Signature> P384Key::sign(Bytes message) const {
  unsigned deterministic = 1;
  const OSSL_PARAM params[] = {::OSSL_PARAM_construct_uint(OSSL_SIGNATURE_PARAM_NONCE_TYPE, &deterministic),
                               ::OSSL_PARAM_construct_end()};
  const EvpMdCtx context{::EVP_MD_CTX_new()};
  std::size_t size = 0;
  if (!context ||
      ::EVP_DigestSignInit_ex(context.get(), nullptr, digest_name, nullptr, nullptr, state_->key.get(), params) != 1 ||
      ::EVP_DigestSign(context.get(), nullptr, &size, chars(message), message.size()) != 1) {
    return openssl_failed("starting a signature");
  }
  std::vector<unsigned char> der(size);
  if (::EVP_DigestSign(context.get(), der.data(), &size, chars(message), message.size()) != 1) {
    return openssl_failed("signing");
  }
  const unsigned char* at = der.data();
  const EcdsaSig parsed{::d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size))};
  if (!parsed) return openssl_failed("reading its own signature");
  P384Signature signature;
  ASTERISM_TRY(signature.r, to_number(::ECDSA_SIG_get0_r(parsed.get())));
  ASTERISM_TRY(signature.s, to_number(::ECDSA_SIG_get0_s(parsed.get())));
  return signature;
}

Result<> verify_p384(const P384Point& key, const P384Signature& signature, Bytes message) {
  ASTERISM_TRY(const auto pkey, public_key(key));
  const EcdsaSig sig{::ECDSA_SIG_new()};
  BigNumber r{::BN_bin2bn(chars(signature.r), static_cast<int>(number_bytes), nullptr)};
  BigNumber s{::BN_bin2bn(chars(signature.s), static_cast<int>(number_bytes), nullptr)};
  if (!sig || !r || !s || ::ECDSA_SIG_set0(sig.get(), r.release(), s.release()) != 1) {
    return openssl_failed("reading a signature");
  }
  unsigned char* der = nullptr;
  const int size = ::i2d_ECDSA_SIG(sig.get(), &der);
  if (size <= 0) return openssl_failed("writing a signature");
  const std::vector<unsigned char> bytes{der, der + size};
  ::OPENSSL_free(der);
  const EvpMdCtx context{::EVP_MD_CTX_new()};
  if (!context ||
      ::EVP_DigestVerifyInit_ex(context.get(), nullptr, digest_name, nullptr, nullptr, pkey.get(), nullptr) != 1) {
    return openssl_failed("starting a verification");
  }
  if (::EVP_DigestVerify(context.get(), bytes.data(), bytes.size(), chars(message), message.size()) != 1) {
    return fail(Errc::unverified, "the signature is not one of this message by this key");
  }
  return {};
}

}  // namespace asterism::crypto
