// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attestation/verifier.hpp"
#include "pki.hpp"

namespace asterism::testing {

/// A processor maker of our own: roots, a chip's key, and reports that it signs. Milan, unless changed.
struct SnpWorld {
  static constexpr attestation::Time now{std::chrono::seconds{1'764'000'000}};
  static constexpr std::uint32_t ask_serial = 77;

  SnpWorld();

  Issued ark;
  Issued ask;
  Issued asvk;
  Key chip_key;
  std::vector<Extension> extensions;  ///< of the VCEK; those of a VLEK have a cspID instead of the hwid
  CertificateSpec leaf;
  attestation::SnpRoots roots;
  attestation::SnpPolicy policy;  ///< demands every field of report(): nothing may be changed
  std::map<attestation::SnpProduct, attestation::SnpTcb> floors;
  std::vector<attestation::ImageReference> images;
  attestation::SnpExpectation expected;

  /// A report of version 3 that fits the policy, not signed.
  static Buffer report();
  /// With a signature of the chip's key.
  [[nodiscard]] Buffer sign(Buffer report) const;
  /// The chip's certificate, DER.
  [[nodiscard]] Buffer certificate() const;
  [[nodiscard]] Result<attestation::Verified<attestation::SnpFacts>> verify(const Buffer& signed_report) const;

  Extension& extension(const std::string& suffix);
};

}  // namespace asterism::testing
