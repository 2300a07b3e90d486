// SPDX-License-Identifier: Apache-2.0
#include "attestation/tpm/public_area.hpp"

#include <tss2/tss2_mu.h>

#include "attestation/tpm/marshal.hpp"

namespace asterism::attestation {
namespace {

constexpr std::uint32_t default_rsa_exponent = 65537;

Result<> check_attributes(TPMA_OBJECT attributes) {
  constexpr struct {
    TPMA_OBJECT bit;
    bool set;
    std::string_view name;
  } rules[] = {{TPMA_OBJECT_FIXEDTPM, true, "fixedTPM"},
               {TPMA_OBJECT_FIXEDPARENT, true, "fixedParent"},
               {TPMA_OBJECT_SENSITIVEDATAORIGIN, true, "sensitiveDataOrigin"},
               {TPMA_OBJECT_RESTRICTED, true, "restricted"},
               {TPMA_OBJECT_SIGN_ENCRYPT, true, "sign"},
               {TPMA_OBJECT_DECRYPT, false, "decrypt"}};
  for (const auto& rule : rules) {
    if (((attributes & rule.bit) != 0) != rule.set) {
      return fail(Errc::unverified, "attributes.{}: must be {}", rule.name, rule.set ? "set" : "clear");
    }
  }
  return {};
}

Bytes buffer_of(const std::uint8_t* data, std::size_t size) {
  return std::as_bytes(std::span{data, size});
}

Result<PublicKey> decode_key(const TPMT_PUBLIC& area) {
  if (area.type == TPM2_ALG_RSA) {
    const auto exponent = area.parameters.rsaDetail.exponent;
    return PublicKey::from_rsa(buffer_of(area.unique.rsa.buffer, area.unique.rsa.size),
                               exponent == 0 ? default_rsa_exponent : exponent);
  }
  if (area.type != TPM2_ALG_ECC) return fail(Errc::unsupported, "key type {:#06x} (known: RSA, ECC)", area.type);
  const auto curve = area.parameters.eccDetail.curveID;
  if (curve != TPM2_ECC_NIST_P256 && curve != TPM2_ECC_NIST_P384) {
    return fail(Errc::unsupported, "curve {:#06x} (known: P-256, P-384)", curve);
  }
  const TPMS_ECC_POINT& point = area.unique.ecc;
  return PublicKey::from_point(curve == TPM2_ECC_NIST_P256 ? KeyKind::ec_p256 : KeyKind::ec_p384,
                               buffer_of(point.x.buffer, point.x.size), buffer_of(point.y.buffer, point.y.size));
}

Result<TpmPublicArea> decode(const TPMT_PUBLIC& area, Bytes bytes) {
  ASTERISM_TRY(const auto algorithm, hash_of_tpm(area.nameAlg), "nameAlg");
  ASTERISM_CHECK(check_attributes(area.objectAttributes));
  ASTERISM_TRY(auto key, decode_key(area));
  ASTERISM_TRY(const auto digest, hash(algorithm, bytes));
  std::vector<std::byte> name{static_cast<std::byte>(area.nameAlg >> 8), static_cast<std::byte>(area.nameAlg & 0xff)};
  append(name, digest.bytes());
  return TpmPublicArea{.key = std::move(key), .name = std::move(name)};
}

}  // namespace

Result<TpmPublicArea> parse_ak_public(Bytes area) {
  ASTERISM_TRY(const auto structure, unmarshal<TPMT_PUBLIC>(area, ::Tss2_MU_TPMT_PUBLIC_Unmarshal), "AK public area");
  ASTERISM_TRY(auto decoded, decode(structure, area), "AK public area");
  return decoded;
}

}  // namespace asterism::attestation
