// SPDX-License-Identifier: Apache-2.0
#include "tpm/public_key.hpp"

#include <algorithm>
#include <memory>
#include <tuple>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "common/handle.hpp"
#include "tpm/wire.hpp"

namespace asterism::tpm {
namespace {

using Pkey = Handle<EVP_PKEY, ::EVP_PKEY_free>;
using Bio = Handle<BIO, ::BIO_vfree>;
using BigNumber = Handle<BIGNUM, ::BN_free>;
using Context = Handle<EVP_MD_CTX, ::EVP_MD_CTX_free>;
using EcdsaSignature = Handle<ECDSA_SIG, ::ECDSA_SIG_free>;

constexpr std::string_view pem_label = "-----BEGIN PUBLIC KEY-----";
constexpr std::size_t pem_bytes_max = 8192;
constexpr int rsa_bits_min = 2048;
constexpr int rsa_bits_max = 4096;
constexpr std::size_t coordinate_bytes = 32;

// TPM 2.0 Library, Part 2: TPM_ALG_ID, TPM_ECC_CURVE, TPMA_OBJECT.
constexpr std::uint16_t alg_rsa = 0x0001;
constexpr std::uint16_t alg_ecc = 0x0023;
constexpr std::uint16_t alg_null = 0x0010;
constexpr std::uint16_t curve_p256 = 0x0003;
constexpr std::uint32_t user_with_auth = 1U << 6;
constexpr std::uint32_t decrypt = 1U << 17;
constexpr std::uint32_t sign = 1U << 18;

const unsigned char* in(Bytes bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());  // the type that OpenSSL takes bytes as
}

unsigned char* out(std::vector<std::byte>& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

BigNumber number_of(const EVP_PKEY& key, const char* name) {
  BIGNUM* number = nullptr;
  ::EVP_PKEY_get_bn_param(&key, name, &number);
  return BigNumber{number};
}

Result<std::vector<std::byte>> padded(const BIGNUM& number, std::size_t size) {
  std::vector<std::byte> bytes(size);
  if (::BN_bn2binpad(&number, out(bytes), static_cast<int>(size)) < 0) return fail(Errc::corrupt, "number too large");
  return bytes;
}

Result<std::vector<std::byte>> rsa_modulus(const EVP_PKEY& key) {
  const int bits = ::EVP_PKEY_get_bits(&key);
  if (bits < rsa_bits_min || bits > rsa_bits_max || bits % 1024 != 0) {
    return fail(Errc::unsupported, "RSA key of {} bits (2048, 3072 and 4096 are supported)", bits);
  }
  const auto exponent = number_of(key, OSSL_PKEY_PARAM_RSA_E);
  const auto modulus = number_of(key, OSSL_PKEY_PARAM_RSA_N);
  if (!exponent || !modulus || ::BN_is_word(exponent.get(), 65537) != 1) {
    return fail(Errc::unsupported, "RSA key with an exponent other than 65537");
  }
  return padded(*modulus, static_cast<std::size_t>(bits) / 8);
}

Result<std::vector<std::byte>> ecc_point(const EVP_PKEY& key) {
  char group[32] = {};
  if (::EVP_PKEY_get_utf8_string_param(&key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group, nullptr) != 1 ||
      std::string_view{group} != "prime256v1") {
    return fail(Errc::unsupported, "elliptic curve other than P-256");
  }
  const auto x = number_of(key, OSSL_PKEY_PARAM_EC_PUB_X);
  const auto y = number_of(key, OSSL_PKEY_PARAM_EC_PUB_Y);
  if (!x || !y) return fail(Errc::corrupt, "elliptic curve key without a point");
  ASTERISM_TRY(auto point, padded(*x, coordinate_bytes));
  ASTERISM_TRY(const auto second, padded(*y, coordinate_bytes));
  append(point, second);
  return point;
}

}  // namespace

Result<PublicKey> PublicKey::from_pem(std::string_view pem) {
  if (pem.size() > pem_bytes_max || !pem.starts_with(pem_label)) {
    return fail(Errc::corrupt, "no public key in PEM ('{}')", pem_label);
  }
  const Bio text{::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
  const Pkey key{text ? ::PEM_read_bio_PUBKEY(text.get(), nullptr, nullptr, nullptr) : nullptr};
  ::ERR_clear_error();
  if (!key) return fail(Errc::corrupt, "the public key cannot be read");
  PublicKey result;
  if (::EVP_PKEY_is_a(key.get(), "RSA") == 1) {
    ASTERISM_TRY(result.unique_, rsa_modulus(*key));
  } else if (::EVP_PKEY_is_a(key.get(), "EC") == 1) {
    result.kind_ = Kind::ecc;
    ASTERISM_TRY(result.unique_, ecc_point(*key));
  } else {
    return fail(Errc::unsupported, "public key of another kind than RSA and P-256");
  }
  const int size = ::i2d_PUBKEY(key.get(), nullptr);
  if (size <= 0) return fail(Errc::internal, "encoding a public key");
  result.spki_.resize(static_cast<std::size_t>(size));
  unsigned char* at = out(result.spki_);
  ::i2d_PUBKEY(key.get(), &at);
  std::vector<std::byte> bare(static_cast<std::size_t>(std::max(::i2d_PublicKey(key.get(), nullptr), 0)));
  at = out(bare);
  if (bare.empty() || ::i2d_PublicKey(key.get(), &at) <= 0) return fail(Errc::internal, "encoding a public key");
  ASTERISM_TRY(result.fingerprint_, sha256(bare));
  return result;
}

std::vector<std::byte> PublicKey::public_area() const {
  std::vector<std::byte> area;
  append_be(area, kind_ == Kind::rsa ? alg_rsa : alg_ecc, 2);
  append_be(area, algorithm_id(HashAlgorithm::sha256), 2);
  append_be(area, user_with_auth | decrypt | sign, 4);
  append_sized(area, {});        // no policy
  append_be(area, alg_null, 2);  // symmetric
  append_be(area, alg_null, 2);  // scheme
  if (kind_ == Kind::rsa) {
    append_be(area, unique_.size() * 8, 2);
    append_be(area, 0, 4);  // stands for 65537
    append_sized(area, unique_);
  } else {
    append_be(area, curve_p256, 2);
    append_be(area, alg_null, 2);  // kdf
    append_sized(area, Bytes{unique_}.first(coordinate_bytes));
    append_sized(area, Bytes{unique_}.last(coordinate_bytes));
  }
  return area;
}

Result<std::vector<std::byte>> PublicKey::name() const {
  return name_of(public_area());
}

Result<> PublicKey::verify(Bytes message, Bytes signature, HashAlgorithm algorithm) const {
  const EVP_MD* digest = algorithm == HashAlgorithm::sha256 ? ::EVP_sha256() : ::EVP_sha384();
  const unsigned char* at = in(spki_);
  const Pkey key{::d2i_PUBKEY(nullptr, &at, static_cast<long>(spki_.size()))};
  const Context context{::EVP_MD_CTX_new()};
  const bool verified =
      key && context && ::EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key.get()) == 1 &&
      ::EVP_DigestVerify(context.get(), in(signature), signature.size(), in(message), message.size()) == 1;
  ::ERR_clear_error();
  if (!verified) return fail(Errc::unverified, "the signature is not by key {}", fingerprint_.hex());
  return {};
}

Result<std::vector<std::byte>> ecdsa_r_s(Bytes der) {
  const unsigned char* at = in(der);
  const EcdsaSignature signature{::d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()))};
  ::ERR_clear_error();
  if (!signature || at != in(der) + der.size()) return fail(Errc::corrupt, "no ECDSA signature in DER");
  ASTERISM_TRY(auto both, padded(*::ECDSA_SIG_get0_r(signature.get()), coordinate_bytes), "ECDSA signature");
  ASTERISM_TRY(const auto s, padded(*::ECDSA_SIG_get0_s(signature.get()), coordinate_bytes), "ECDSA signature");
  append(both, s);
  return both;
}

Result<std::vector<std::byte>> ecdsa_der(Bytes r_s) {
  if (r_s.size() != 2 * coordinate_bytes) return fail(Errc::corrupt, "ECDSA numbers of {} bytes", r_s.size());
  BigNumber r{::BN_bin2bn(in(r_s), coordinate_bytes, nullptr)};
  BigNumber s{::BN_bin2bn(in(r_s.last(coordinate_bytes)), coordinate_bytes, nullptr)};
  const EcdsaSignature signature{::ECDSA_SIG_new()};
  if (!r || !s || !signature || ::ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) {
    return fail(Errc::internal, "encoding an ECDSA signature");
  }
  std::ignore = r.release();  // the signature owns both now
  std::ignore = s.release();
  const int size = ::i2d_ECDSA_SIG(signature.get(), nullptr);
  if (size <= 0) return fail(Errc::internal, "encoding an ECDSA signature");
  std::vector<std::byte> der(static_cast<std::size_t>(size));
  unsigned char* at = out(der);
  ::i2d_ECDSA_SIG(signature.get(), &at);
  return der;
}

}  // namespace asterism::tpm
