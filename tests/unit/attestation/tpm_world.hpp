// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attestation/tpm/paravisor.hpp"
#include "snp_world.hpp"

namespace asterism::testing {

/// Quotes that the test signs itself, with an RSA key that a hardware report of SnpWorld vouches for.
struct TpmWorld {
  TpmWorld();

  Key ak;
  attestation::TpmPolicy policy;
  std::vector<attestation::ImageReference> images;
  attestation::PcrValues pcrs;
  Buffer nonce;

  /// A quote that fits everything above.
  [[nodiscard]] Buffer attest() const;
  /// TPMT_SIGNATURE, RSASSA with SHA-256.
  [[nodiscard]] Buffer sign(const Buffer& attest) const;
  [[nodiscard]] Result<attestation::Verified<attestation::TpmFacts>> verify(const Buffer& attest,
                                                                            const Buffer& signature) const;

  /// The paravisor's runtime data with the AK in it.
  [[nodiscard]] std::string runtime_data() const;
};

/// A paravisor's runtime data with an RSA key (65537) as HCLAkPub.
std::string hcl_runtime_data(Bytes modulus);

/// A verified report of `world` that names this runtime data.
attestation::Verified<attestation::SnpFacts> report_for(SnpWorld world, Bytes runtime_data, unsigned vmpl = 0);

/// A value that stands for PCR `index`.
Digest pcr_value(unsigned index);

}  // namespace asterism::testing
