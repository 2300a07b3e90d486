// SPDX-License-Identifier: Apache-2.0
#include "attestation/tpm/trusted_ak.hpp"

#include <openssl/objects.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "attestation/tpm/credential.hpp"
#include "common/handle.hpp"

namespace asterism::attestation {
namespace {

constexpr std::size_t intermediates_max = 4;
constexpr std::string_view ek_certificate_usage = "2.23.133.8.1";  // tcg-kp-EKCertificate

using Usages = Handle<EXTENDED_KEY_USAGE, ::EXTENDED_KEY_USAGE_free>;

Result<> check_usage(const Certificate& ek) {
  const Usages usages{
      static_cast<EXTENDED_KEY_USAGE*>(::X509_get_ext_d2i(ek.handle(), NID_ext_key_usage, nullptr, nullptr))};
  for (int i = 0; usages && i < sk_ASN1_OBJECT_num(usages.get()); ++i) {
    std::array<char, 64> oid{};
    ::OBJ_obj2txt(oid.data(), static_cast<int>(oid.size()), sk_ASN1_OBJECT_value(usages.get(), i), 1);
    if (ek_certificate_usage == oid.data()) return {};
  }
  return fail(Errc::unverified, "extended key usage: it is no certificate of an EK");
}

Result<> check_chain(const Certificate& ek, std::span<const Certificate> between, std::span<const Certificate> roots,
                     Time time) {
  Result<> outcome = fail(Errc::unverified, "no roots of EKs are trusted");
  for (const Certificate& root : roots) {
    outcome = verify_chain(ek, between, root, time);
    if (outcome) return outcome;
  }
  return outcome;
}

Result<PublicKey> trusted_ek(const EkClaim& claim, std::span<const Certificate> roots, Time time) {
  ASTERISM_TRY(const auto ek, Certificate::from_der(claim.ek_certificate));
  if (claim.intermediates.size() > intermediates_max) {
    return fail(Errc::corrupt, "{} certificates in between (at most {})", claim.intermediates.size(),
                intermediates_max);
  }
  std::vector<Certificate> between;
  for (const Bytes der : claim.intermediates) {
    ASTERISM_TRY(auto certificate, Certificate::from_der(der));
    between.push_back(std::move(certificate));
  }
  ASTERISM_CHECK(check_chain(ek, between, roots, time));
  ASTERISM_CHECK(check_usage(ek));
  return ek.public_key();
}

}  // namespace

Result<CredentialChallenge> CredentialChallenge::make(const EkClaim& claim, std::span<const Certificate> roots,
                                                      Time time) {
  ASTERISM_TRY(const auto ek, trusted_ek(claim, roots, time), "EK certificate");
  ASTERISM_TRY(auto ak, parse_ak_public(claim.ak_public));
  std::array<std::byte, secret_bytes> secret{};
  if (::RAND_bytes(reinterpret_cast<unsigned char*>(secret.data()), static_cast<int>(secret.size())) != 1) {
    return fail(Errc::internal, "no random numbers");
  }
  ASTERISM_TRY(auto credential, make_credential(ek, ak.name, secret), "EK");
  CredentialChallenge challenge{std::move(ak.key), secret};
  challenge.id_object_ = std::move(credential.id_object);
  challenge.encrypted_secret_ = std::move(credential.encrypted_secret);
  return challenge;
}

Result<TrustedAk> CredentialChallenge::redeem(Bytes answer) && {
  if (!same_bytes(answer, secret_)) return fail(Errc::unverified, "credential: the TPM did not decrypt the secret");
  return TrustedAk{std::move(ak_)};
}

}  // namespace asterism::attestation
