// SPDX-License-Identifier: Apache-2.0
#include "pki.hpp"

#include <stdexcept>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

namespace asterism::testing {
namespace {

void must(bool good, const char* what) {
  if (!good) throw std::runtime_error{what};
}

const EVP_MD* md_of(HashAlgorithm hash) {
  return hash == HashAlgorithm::sha256 ? EVP_sha256() : EVP_sha384();
}

std::shared_ptr<EVP_MD_CTX> signing_context(const Key& key, HashAlgorithm hash, bool pss) {
  std::shared_ptr<EVP_MD_CTX> context{EVP_MD_CTX_new(), EVP_MD_CTX_free};
  EVP_PKEY_CTX* options = nullptr;
  must(EVP_DigestSignInit(context.get(), &options, md_of(hash), nullptr, key.get()) == 1, "signing");
  if (pss) {
    must(EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1, "padding");
    must(EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) == 1, "salt");
  }
  return context;
}

Buffer sign(const Key& key, HashAlgorithm hash, Bytes message) {
  const auto context = signing_context(key, hash, false);
  std::size_t length = 0;
  const auto* data = reinterpret_cast<const unsigned char*>(message.data());
  must(EVP_DigestSign(context.get(), nullptr, &length, data, message.size()) == 1, "size of a signature");
  Buffer out(length);
  must(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &length, data, message.size()) == 1,
       "signing");
  out.resize(length);
  return out;
}

Buffer padded(const BIGNUM* number, std::size_t size) {
  Buffer out(size);
  must(BN_bn2binpad(number, reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(size)) >= 0, "a number");
  return out;
}

Buffer parameter(const Key& key, const char* name, std::size_t size) {
  BIGNUM* number = nullptr;
  must(EVP_PKEY_get_bn_param(key.get(), name, &number) == 1, name);
  if (size == 0) size = static_cast<std::size_t>(BN_num_bytes(number));
  Buffer out = padded(number, size);
  BN_free(number);
  return out;
}

X509_EXTENSION* raw_extension(const Extension& extension) {
  ASN1_OBJECT* oid = OBJ_txt2obj(extension.oid.c_str(), 1);
  ASN1_OCTET_STRING* value = ASN1_OCTET_STRING_new();
  ASN1_OCTET_STRING_set(value, reinterpret_cast<const unsigned char*>(extension.value.data()),
                        static_cast<int>(extension.value.size()));
  X509_EXTENSION* made = X509_EXTENSION_create_by_OBJ(nullptr, oid, extension.critical ? 1 : 0, value);
  ASN1_OBJECT_free(oid);
  ASN1_OCTET_STRING_free(value);
  return made;
}

void add_extension(X509* x509, const Extension& extension) {
  X509_EXTENSION* made = raw_extension(extension);
  must(X509_add_ext(x509, made, -1) == 1, "extension");
  X509_EXTENSION_free(made);
}

}  // namespace

Key make_ec_key(const char* curve) {
  return {EVP_EC_gen(curve), EVP_PKEY_free};
}

Key make_rsa_key(unsigned bits) {
  return {EVP_RSA_gen(bits), EVP_PKEY_free};
}

attestation::PublicKey public_half(const Key& key) {
  return attestation::PublicKey::adopt(key).value();
}

Issued issue(const CertificateSpec& spec, Key key) {
  const std::shared_ptr<X509> x509{X509_new(), X509_free};
  X509_set_version(x509.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x509.get()), spec.serial);
  ASN1_TIME_set(X509_getm_notBefore(x509.get()), spec.not_before);
  ASN1_TIME_set(X509_getm_notAfter(x509.get()), spec.not_after);
  X509_set_pubkey(x509.get(), key.get());
  X509_NAME* name = X509_get_subject_name(x509.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(spec.common_name.c_str()), -1, -1, 0);
  const X509* issuer = spec.issuer ? spec.issuer->certificate.handle() : x509.get();
  X509_set_issuer_name(x509.get(), X509_get_subject_name(issuer));
  if (spec.ca) {
    add_extension(x509.get(), {.oid = "2.5.29.19", .value = from_hex("30030101ff").value(), .critical = true});
    add_extension(x509.get(), {.oid = "2.5.29.15", .value = from_hex("03020106").value(), .critical = true});
  }
  for (const Extension& extension : spec.extensions)
    add_extension(x509.get(), extension);
  const Key& signer = spec.issuer ? spec.issuer->key : key;
  const auto context = signing_context(signer, spec.pss ? HashAlgorithm::sha384 : HashAlgorithm::sha256, spec.pss);
  must(X509_sign_ctx(x509.get(), context.get()) > 0, "signing a certificate");
  unsigned char* out = nullptr;
  const int length = i2d_X509(x509.get(), &out);
  auto certificate =
      attestation::Certificate::from_der(std::as_bytes(std::span{out, static_cast<std::size_t>(length)})).value();
  OPENSSL_free(out);
  return {std::move(certificate), std::move(key)};
}

Buffer make_crl(const Issued& issuer, std::int64_t last_update, std::int64_t next_update,
                const std::vector<std::uint32_t>& serials, bool critical_extension) {
  const std::shared_ptr<X509_CRL> crl{X509_CRL_new(), X509_CRL_free};
  X509_CRL_set_version(crl.get(), X509_CRL_VERSION_2);
  X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(issuer.certificate.handle()));
  const std::shared_ptr<ASN1_TIME> last{ASN1_TIME_set(nullptr, last_update), ASN1_TIME_free};
  const std::shared_ptr<ASN1_TIME> next{ASN1_TIME_set(nullptr, next_update), ASN1_TIME_free};
  X509_CRL_set1_lastUpdate(crl.get(), last.get());
  X509_CRL_set1_nextUpdate(crl.get(), next.get());
  for (const std::uint32_t serial : serials) {
    X509_REVOKED* entry = X509_REVOKED_new();
    const std::shared_ptr<ASN1_INTEGER> number{ASN1_INTEGER_new(), ASN1_INTEGER_free};
    ASN1_INTEGER_set(number.get(), serial);
    X509_REVOKED_set_serialNumber(entry, number.get());
    X509_REVOKED_set_revocationDate(entry, last.get());
    X509_CRL_add0_revoked(crl.get(), entry);
  }
  if (critical_extension) {
    X509_EXTENSION* made = raw_extension({.oid = "1.2.3.4", .value = from_hex("0500").value(), .critical = true});
    X509_CRL_add_ext(crl.get(), made, -1);
    X509_EXTENSION_free(made);
  }
  must(X509_CRL_sign(crl.get(), issuer.key.get(), EVP_sha256()) > 0, "signing a CRL");
  unsigned char* out = nullptr;
  const int length = i2d_X509_CRL(crl.get(), &out);
  const auto bytes = std::as_bytes(std::span{out, static_cast<std::size_t>(length)});
  Buffer der{bytes.begin(), bytes.end()};
  OPENSSL_free(out);
  return der;
}

std::pair<Buffer, Buffer> sign_ecdsa(const Key& key, HashAlgorithm hash, Bytes message, std::size_t size) {
  const Buffer encoded = sign(key, hash, message);
  const auto* at = reinterpret_cast<const unsigned char*>(encoded.data());
  const std::shared_ptr<ECDSA_SIG> pair{d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(encoded.size())), ECDSA_SIG_free};
  return {padded(ECDSA_SIG_get0_r(pair.get()), size), padded(ECDSA_SIG_get0_s(pair.get()), size)};
}

Buffer sign_rsa(const Key& key, HashAlgorithm hash, Bytes message) {
  return sign(key, hash, message);
}

Buffer rsa_modulus(const Key& key) {
  return parameter(key, OSSL_PKEY_PARAM_RSA_N, 0);
}

std::pair<Buffer, Buffer> ec_point(const Key& key, std::size_t size) {
  return {parameter(key, OSSL_PKEY_PARAM_EC_PUB_X, size), parameter(key, OSSL_PKEY_PARAM_EC_PUB_Y, size)};
}

Buffer der(unsigned tag, Bytes content) {
  Buffer out{static_cast<std::byte>(tag)};
  if (content.size() >= 0x100) {
    out.insert(out.end(), {std::byte{0x82}, static_cast<std::byte>(content.size() >> 8)});
  } else if (content.size() >= 0x80) {
    out.push_back(std::byte{0x81});
  }
  out.push_back(static_cast<std::byte>(content.size() & 0xff));
  append(out, content);
  return out;
}

Buffer der_byte(unsigned value) {
  Buffer content;
  if (value >= 0x80) content.push_back(std::byte{0});
  content.push_back(static_cast<std::byte>(value));
  return der(0x02, content);
}

}  // namespace asterism::testing
