// SPDX-License-Identifier: Apache-2.0
#include "attestation/public_key.hpp"

#include <array>
#include <utility>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "common/handle.hpp"

namespace asterism::attestation {
namespace {

using Key = std::shared_ptr<EVP_PKEY>;
using KeyContext = Handle<EVP_PKEY_CTX, ::EVP_PKEY_CTX_free>;
using DigestContext = Handle<EVP_MD_CTX, ::EVP_MD_CTX_free>;
using BigNumber = Handle<BIGNUM, ::BN_free>;
using EcdsaSignature = Handle<ECDSA_SIG, ::ECDSA_SIG_free>;
using Params = Handle<OSSL_PARAM, ::OSSL_PARAM_free>;
using ParamBuilder = Handle<OSSL_PARAM_BLD, ::OSSL_PARAM_BLD_free>;

constexpr int rsa_bits_min = 2048;
constexpr int rsa_bits_max = 4096;

const unsigned char* unsigned_chars(Bytes bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());  // the type that OpenSSL takes bytes as
}

const EVP_MD* md_of(HashAlgorithm hash) {
  return hash == HashAlgorithm::sha256 ? ::EVP_sha256() : ::EVP_sha384();
}

BigNumber number(Bytes bytes) {
  return BigNumber{::BN_bin2bn(unsigned_chars(bytes), static_cast<int>(bytes.size()), nullptr)};
}

/// A key of OpenSSL's type `type`, made of parameters that `fill` adds.
template <class Fill>
Result<Key> key_from(const char* type, const Fill& fill) {
  const ParamBuilder builder{::OSSL_PARAM_BLD_new()};
  if (!builder || !fill(builder.get())) return fail(Errc::internal, "making parameters of a key");
  const Params params{::OSSL_PARAM_BLD_to_param(builder.get())};
  const KeyContext context{::EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr)};
  EVP_PKEY* made = nullptr;
  const bool good = params && context && ::EVP_PKEY_fromdata_init(context.get()) == 1 &&
                    ::EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, params.get()) == 1;
  Key key{made, ::EVP_PKEY_free};
  ::ERR_clear_error();
  if (!good) return fail(Errc::corrupt, "no valid {} key", type);
  return key;
}

}  // namespace

Result<PublicKey> PublicKey::adopt(Key key) {
  if (!key) return fail(Errc::corrupt, "no public key");
  const int bits = ::EVP_PKEY_get_bits(key.get());
  if (::EVP_PKEY_is_a(key.get(), "RSA") == 1) {
    if (bits < rsa_bits_min || bits > rsa_bits_max) return fail(Errc::unsupported, "RSA key of {} bits", bits);
    return PublicKey{std::move(key), KeyKind::rsa};
  }
  std::array<char, 32> group{};
  if (::EVP_PKEY_is_a(key.get(), "EC") == 1 &&
      ::EVP_PKEY_get_group_name(key.get(), group.data(), group.size(), nullptr) == 1) {
    const std::string_view name{group.data()};
    if (name == "prime256v1") return PublicKey{std::move(key), KeyKind::ec_p256};
    if (name == "secp384r1") return PublicKey{std::move(key), KeyKind::ec_p384};
  }
  return fail(Errc::unsupported, "a key that is neither P-256 nor P-384 nor RSA");
}

Result<PublicKey> PublicKey::from_point(KeyKind curve, Bytes x, Bytes y) {
  const std::size_t size = curve == KeyKind::ec_p256 ? 32 : 48;
  if (curve == KeyKind::rsa || x.size() != size || y.size() != size) {
    return fail(Errc::corrupt, "a point of {} and {} bytes", x.size(), y.size());
  }
  std::vector<std::byte> point{std::byte{0x04}};  // uncompressed
  append(point, x);
  append(point, y);
  ASTERISM_TRY(
      auto key, key_from("EC", [&](OSSL_PARAM_BLD* builder) {
        return ::OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME,
                                                 curve == KeyKind::ec_p256 ? "prime256v1" : "secp384r1", 0) == 1 &&
               ::OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) == 1;
      }));
  return adopt(std::move(key));
}

Result<PublicKey> PublicKey::from_rsa(Bytes modulus, std::uint32_t exponent) {
  if (modulus.size() > rsa_bits_max / 8) return fail(Errc::unsupported, "RSA modulus of {} bytes", modulus.size());
  if (exponent < 3 || exponent % 2 == 0) return fail(Errc::corrupt, "RSA exponent {}", exponent);
  const BigNumber n = number(modulus);
  const BigNumber e{::BN_new()};
  if (!n || !e || ::BN_set_word(e.get(), exponent) != 1) return fail(Errc::internal, "making numbers of a key");
  ASTERISM_TRY(auto key, key_from("RSA", [&](OSSL_PARAM_BLD* builder) {
                 return ::OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n.get()) == 1 &&
                        ::OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e.get()) == 1;
               }));
  return adopt(std::move(key));
}

Result<> PublicKey::verify(HashAlgorithm hash, const RsaPadding* padding, Bytes message, Bytes signature) const {
  const DigestContext context{::EVP_MD_CTX_new()};
  EVP_PKEY_CTX* options = nullptr;  // owned by the digest context
  bool good = context && ::EVP_DigestVerifyInit(context.get(), &options, md_of(hash), nullptr, key_.get()) == 1;
  if (good && padding) {
    good = ::EVP_PKEY_CTX_set_rsa_padding(options,
                                          *padding == RsaPadding::pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) == 1;
  }
  good = good && ::EVP_DigestVerify(context.get(), unsigned_chars(signature), signature.size(), unsigned_chars(message),
                                    message.size()) == 1;
  ::ERR_clear_error();
  if (!good) return fail(Errc::unverified, "the signature does not fit the key");
  return {};
}

Result<> PublicKey::verify_ecdsa_der(HashAlgorithm hash, Bytes message, Bytes signature) const {
  if (kind_ == KeyKind::rsa) return fail(Errc::unverified, "an ECDSA signature for an RSA key");
  return verify(hash, nullptr, message, signature);
}

Result<> PublicKey::verify_ecdsa(HashAlgorithm hash, Bytes message, Bytes r, Bytes s) const {
  const EcdsaSignature pair{::ECDSA_SIG_new()};
  BigNumber r_number = number(r);
  BigNumber s_number = number(s);
  if (!pair || !r_number || !s_number || ::ECDSA_SIG_set0(pair.get(), r_number.get(), s_number.get()) != 1) {
    return fail(Errc::internal, "making a signature");
  }
  std::ignore = r_number.release();  // the pair owns both now
  std::ignore = s_number.release();
  std::array<unsigned char, 128> der{};  // two numbers of at most 49 bytes, with headers
  const int length = ::i2d_ECDSA_SIG(pair.get(), nullptr);
  if (length <= 0 || std::cmp_greater(length, der.size())) return fail(Errc::unverified, "the signature is too long");
  unsigned char* end = der.data();
  ::i2d_ECDSA_SIG(pair.get(), &end);
  return verify_ecdsa_der(hash, message, std::as_bytes(std::span{der}.first(static_cast<std::size_t>(length))));
}

Result<> PublicKey::verify_rsa(HashAlgorithm hash, RsaPadding padding, Bytes message, Bytes signature) const {
  if (kind_ != KeyKind::rsa) return fail(Errc::unverified, "an RSA signature for an elliptic curve key");
  return verify(hash, &padding, message, signature);
}

Result<std::vector<std::byte>> PublicKey::spki() const {
  unsigned char* der = nullptr;
  const int length = ::i2d_PUBKEY(key_.get(), &der);
  if (length <= 0) return fail(Errc::internal, "encoding a public key");
  const auto bytes = std::as_bytes(std::span{der, static_cast<std::size_t>(length)});
  std::vector<std::byte> out{bytes.begin(), bytes.end()};
  ::OPENSSL_free(der);
  return out;
}

bool PublicKey::same_as(const PublicKey& other) const {
  return ::EVP_PKEY_eq(key_.get(), other.key_.get()) == 1;
}

}  // namespace asterism::attestation
