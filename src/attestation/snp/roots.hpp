// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>

#include "attestation/revocation.hpp"
#include "attestation/snp/report.hpp"

namespace asterism::attestation {

/// AMD's certificates of one product.
struct SnpProductRoots {
  Certificate ark;                    ///< the root
  Certificate ask;                    ///< signs VCEKs
  std::optional<Certificate> asvk;    ///< signs VLEKs
  std::optional<RevocationList> crl;  ///< made by the ARK; says whether ASK and ASVK still hold
};

/// Roots that SNP reports may lead to. Reading them checks nothing against a clock: that happens at each verification.
class SnpRoots {
 public:
  /// AMD's roots as they are pinned in the source tree.
  /// @errors `internal` if the tree's files are broken.
  [[nodiscard]] static Result<SnpRoots> pinned();
  /// Other roots, for tests.
  explicit SnpRoots(std::map<SnpProduct, SnpProductRoots> products) : products_{std::move(products)} {}

  /// Uses a revocation list in every later verification of that product.
  /// @errors `unsupported` if there are no roots for the product; `corrupt`.
  [[nodiscard]] Result<> set_crl(SnpProduct product, Bytes der);

  /// @errors `unverified` if there are no roots for the product.
  [[nodiscard]] Result<const SnpProductRoots*> of(SnpProduct product) const;

 private:
  std::map<SnpProduct, SnpProductRoots> products_;
};

/// Checks that a VCEK or VLEK certificate leads to the product's root at that time, and that ASK or ASVK are not
/// revoked.
/// @errors `unverified` naming the certificate.
[[nodiscard]] Result<> verify_snp_chain(const Certificate& leaf, SnpSigningKey key, const SnpProductRoots& roots,
                                        Time time);

}  // namespace asterism::attestation
