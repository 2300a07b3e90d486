// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <openssl/evp.h>

#include "attestation/certificate.hpp"
#include "attestation/revocation.hpp"

/// Keys, certificates and revocation lists made for one test run.
namespace asterism::testing {

using Key = std::shared_ptr<EVP_PKEY>;
using Buffer = std::vector<std::byte>;

/// "P-256" or "P-384".
Key make_ec_key(const char* curve);
Key make_rsa_key(unsigned bits = 2048);
/// The public half.
attestation::PublicKey public_half(const Key& key);

/// A certificate with the key that it is for.
struct Issued {
  attestation::Certificate certificate;
  Key key;
};

struct Extension {
  std::string oid;
  Buffer value;
  bool critical = false;
};

struct CertificateSpec {
  std::string common_name;
  const Issued* issuer = nullptr;  ///< self-signed if absent
  std::int64_t not_before = 1'500'000'000;
  std::int64_t not_after = 2'500'000'000;
  bool ca = false;
  bool pss = false;  ///< signed with RSA-PSS SHA-384, as AMD does
  std::uint32_t serial = 1;
  std::vector<Extension> extensions{};
};

Issued issue(const CertificateSpec& spec, Key key);

/// A revocation list of `issuer` with these serial numbers on it.
Buffer make_crl(const Issued& issuer, std::int64_t last_update, std::int64_t next_update,
                const std::vector<std::uint32_t>& serials, bool critical_extension = false);

/// ECDSA as r and s, big-endian and filled up to `size` bytes each; or RSA PKCS#1 as one number.
std::pair<Buffer, Buffer> sign_ecdsa(const Key& key, HashAlgorithm hash, Bytes message, std::size_t size);
Buffer sign_rsa(const Key& key, HashAlgorithm hash, Bytes message);

/// Modulus of an RSA key, big-endian; x and y of a P-256 key.
Buffer rsa_modulus(const Key& key);
std::pair<Buffer, Buffer> ec_point(const Key& key, std::size_t size);

/// A DER value with this tag.
Buffer der(unsigned tag, Bytes content);
/// A DER INTEGER from 0 to 255.
Buffer der_byte(unsigned value);

}  // namespace asterism::testing
