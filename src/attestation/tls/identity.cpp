// SPDX-License-Identifier: Apache-2.0
#include "attestation/tls/identity.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include "common/handle.hpp"

namespace asterism::attestation {
namespace {

using X509Handle = Handle<X509, ::X509_free>;

constexpr long validity_seconds = 24L * 60 * 60;  // nobody checks dates; some libraries refuse certificates without

bool fill(X509* x509, EVP_PKEY* key) {
  std::uint32_t serial = 0;
  X509_NAME* name = ::X509_get_subject_name(x509);
  return ::RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1 &&
         ::X509_set_version(x509, X509_VERSION_3) == 1 &&
         ::ASN1_INTEGER_set_uint64(::X509_get_serialNumber(x509), std::uint64_t{serial} + 1) == 1 &&
         ::X509_gmtime_adj(::X509_getm_notBefore(x509), -validity_seconds) &&
         ::X509_gmtime_adj(::X509_getm_notAfter(x509), validity_seconds) && ::X509_set_pubkey(x509, key) == 1 &&
         ::X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("asterism"), -1,
                                      -1, 0) == 1 &&
         ::X509_set_issuer_name(x509, name) == 1 && ::X509_sign(x509, key, ::EVP_sha256()) > 0;
}

}  // namespace

Result<TlsIdentity> TlsIdentity::make() {
  std::shared_ptr<EVP_PKEY> key{::EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), ::EVP_PKEY_free};
  const X509Handle x509{::X509_new()};
  if (!key || !x509 || !fill(x509.get(), key.get())) return fail(Errc::internal, "making a certificate for TLS");
  unsigned char* der = nullptr;
  const int length = ::i2d_X509(x509.get(), &der);
  if (length <= 0) return fail(Errc::internal, "encoding a certificate for TLS");
  auto certificate = Certificate::from_der(std::as_bytes(std::span{der, static_cast<std::size_t>(length)}));
  ::OPENSSL_free(der);
  if (!certificate) return std::unexpected{std::move(certificate).error()};
  return TlsIdentity{std::move(key), *std::move(certificate)};
}

}  // namespace asterism::attestation
