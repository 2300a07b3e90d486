// SPDX-License-Identifier: Apache-2.0
#include "attestation/revocation.hpp"

#include <openssl/err.h>
#include <openssl/x509.h>

namespace asterism::attestation {

Result<RevocationList> RevocationList::from_der(Bytes der) {
  if (der.size() > der_bytes_max) return fail(Errc::corrupt, "CRL of {} bytes", der.size());
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const auto* const end = at + der.size();
  std::shared_ptr<X509_CRL> crl{::d2i_X509_CRL(nullptr, &at, static_cast<long>(der.size())), ::X509_CRL_free};
  ::ERR_clear_error();
  if (!crl || at != end) return fail(Errc::corrupt, "{} bytes that are no CRL in DER", der.size());
  return RevocationList{std::move(crl)};
}

Result<> RevocationList::check(const Certificate& certificate, const Certificate& issuer, Time time) const {
  if (::X509_NAME_cmp(::X509_CRL_get_issuer(crl_.get()), ::X509_get_subject_name(issuer.handle())) != 0) {
    return fail(Errc::unverified, "CRL: not one of '{}'", issuer.common_name());
  }
  const bool is_signed = ::X509_CRL_verify(crl_.get(), ::X509_get0_pubkey(issuer.handle())) == 1;
  ::ERR_clear_error();
  if (!is_signed) return fail(Errc::unverified, "CRL: '{}' did not sign it", issuer.common_name());
  if (::X509_CRL_get_ext_by_critical(crl_.get(), 1, -1) >= 0) {
    return fail(Errc::unverified, "CRL: it has a critical extension, which none should have");
  }
  auto now = static_cast<time_t>(time.time_since_epoch().count());
  const ASN1_TIME* last = ::X509_CRL_get0_lastUpdate(crl_.get());
  const ASN1_TIME* next = ::X509_CRL_get0_nextUpdate(crl_.get());
  if (!last || ::X509_cmp_time(last, &now) >= 0) return fail(Errc::unverified, "CRL: lastUpdate lies in the future");
  if (!next || ::X509_cmp_time(next, &now) <= 0) return fail(Errc::unverified, "CRL: nextUpdate has passed");
  X509_REVOKED* entry = nullptr;
  // 1: revoked; 2: taken back ("remove from CRL"), which only a delta may say.
  if (::X509_CRL_get0_by_cert(crl_.get(), &entry, certificate.handle()) != 0) {
    return fail(Errc::unverified, "CRL: certificate '{}' is revoked", certificate.common_name());
  }
  return {};
}

}  // namespace asterism::attestation
