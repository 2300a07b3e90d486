// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attestation/reference_values.hpp"
#include "attestation/snp/key_certificate.hpp"
#include "attestation/snp/policy.hpp"
#include "attestation/snp/roots.hpp"
#include "attestation/tdx/authenticate.hpp"
#include "attestation/tdx/policy.hpp"
#include "attestation/tpm/evidence.hpp"
#include "attestation/tpm/policy.hpp"
#include "attestation/tpm/trusted_ak.hpp"
#include "attestation/verified.hpp"

namespace asterism::attestation {

/// A SEV-SNP report and the certificate of the key that signed it, as a node sends them.
struct SnpEvidence {
  Bytes report;           ///< 1184 bytes
  Bytes key_certificate;  ///< VCEK or VLEK, DER
};

/// What a verified report says, with what the certificate adds.
struct SnpFacts {
  SnpReport report;
  SnpProduct product = SnpProduct::milan;
  std::string csp_id;  ///< of a VLEK, else empty
};

/// What a verified TDX quote says, with the platform's judgement.
struct TdxFacts {
  TdBody body;
  PckFacts pck;
  TcbStatus status = TcbStatus::revoked;
  std::vector<std::string> advisories;
};

/// The only maker of Verified<T>. Each function checks everything that can be checked without the evidence's sender:
/// format, signatures up to a pinned root, dates, policy, reference values, and the binding to this request.
///
/// Every refusal names the field. @errors of all: `corrupt` and `unsupported` from the parsers; `unverified` for
/// whatever is well-formed and not as it should be.
class Verifier {
 public:
  Verifier() = delete;

  /// @source SEV-SNP ABI specification 1.58, section 7.3 and table 23; docs/attestation.md lists the checks.
  [[nodiscard]] static Result<Verified<SnpFacts>> verify_snp(const SnpEvidence& evidence, const SnpRoots& roots,
                                                             const SnpPolicy& policy, const ReferenceValues& references,
                                                             const SnpExpectation& expected, Time time);

  /// @source Intel TDX DCAP quote verification; docs/attestation.md lists the checks.
  [[nodiscard]] static Result<Verified<TdxFacts>> verify_tdx(Bytes quote, const TdxCollateral& collateral,
                                                             const Certificate& root, const TdxPolicy& policy,
                                                             const ReferenceValues& references,
                                                             const FixedBytes<64>& report_data, Time time);

  /// @source TPM 2.0 library specification 1.59, part 2 section 10.12 (attestation structures), part 3 section 18.4.
  [[nodiscard]] static Result<Verified<TpmFacts>> verify_tpm(const TpmEvidence& evidence, const TrustedAk& ak,
                                                             const TpmPolicy& policy, const ReferenceValues& references,
                                                             Bytes nonce);
};

}  // namespace asterism::attestation
