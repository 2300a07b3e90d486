// SPDX-License-Identifier: Apache-2.0
#include "attestation/snp/roots.hpp"

#include "attestation/pinned_roots.hpp"

namespace asterism::attestation {
namespace {

/// A file with the certificate that signs leaves, then the root.
Result<std::pair<Certificate, Certificate>> read_pair(std::string_view pem) {
  ASTERISM_TRY(auto list, Certificate::from_pem(pem, 2));
  if (list.size() != 2) return fail(Errc::internal, "{} pinned certificates instead of 2", list.size());
  return std::pair{std::move(list[0]), std::move(list[1])};
}

}  // namespace

Result<SnpRoots> SnpRoots::pinned() {
  std::map<SnpProduct, SnpProductRoots> products;
  const struct {
    SnpProduct product;
    std::string_view vcek;
    std::string_view vlek;
  } rows[] = {{SnpProduct::milan, pinned::amd_milan_vcek, pinned::amd_milan_vlek},
              {SnpProduct::genoa, pinned::amd_genoa_vcek, pinned::amd_genoa_vlek},
              {SnpProduct::turin, pinned::amd_turin_vcek, pinned::amd_turin_vlek}};
  for (const auto& row : rows) {
    ASTERISM_TRY(auto vcek, read_pair(row.vcek), "pinned roots of {}", to_string(row.product));
    ASTERISM_TRY(auto vlek, read_pair(row.vlek), "pinned roots of {}", to_string(row.product));
    products.emplace(row.product, SnpProductRoots{.ark = std::move(vcek.second),
                                                  .ask = std::move(vcek.first),
                                                  .asvk = std::move(vlek.first),
                                                  .crl = std::nullopt});
  }
  return SnpRoots{std::move(products)};
}

Result<> SnpRoots::set_crl(SnpProduct product, Bytes der) {
  const auto found = products_.find(product);
  if (found == products_.end()) return fail(Errc::unsupported, "no roots for {}", to_string(product));
  ASTERISM_TRY(found->second.crl, RevocationList::from_der(der), "CRL of {}", to_string(product));
  return {};
}

Result<const SnpProductRoots*> SnpRoots::of(SnpProduct product) const {
  const auto found = products_.find(product);
  if (found == products_.end()) return fail(Errc::unverified, "no roots for {}", to_string(product));
  return &found->second;
}

Result<> verify_snp_chain(const Certificate& leaf, SnpSigningKey key, const SnpProductRoots& roots, Time time) {
  if (key == SnpSigningKey::vlek && !roots.asvk) return fail(Errc::unverified, "no ASVK for a VLEK certificate");
  const Certificate& issuer = key == SnpSigningKey::vcek ? roots.ask : *roots.asvk;
  if (!leaf.signed_with_pss()) return fail(Errc::unverified, "the certificate is not signed with RSA-PSS");
  ASTERISM_CHECK(verify_chain(leaf, {&issuer, 1}, roots.ark, time));
  if (roots.crl) {
    ASTERISM_CHECK(roots.crl->check(issuer, roots.ark, time));
  }
  return {};
}

}  // namespace asterism::attestation
