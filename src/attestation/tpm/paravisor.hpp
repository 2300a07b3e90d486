// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attestation/tpm/trusted_ak.hpp"
#include "attestation/verifier.hpp"

namespace asterism::attestation {

/// Kinds of hardware report inside a paravisor's report.
enum class ParavisorReportKind : std::uint8_t { snp, tdx };

/// What Azure's paravisor (HCL) keeps in the TPM's NV index 0x01400001. Views into the caller's bytes.
struct ParavisorReport {
  ParavisorReportKind kind = ParavisorReportKind::snp;
  Bytes hardware_report;  ///< SNP report of 1184 bytes, or TDREPORT of 1024
  Bytes runtime_data;     ///< JSON; the hardware report names its SHA-256
};

/// Finds the parts of the report. Nothing of the header is signed, so only sizes and kinds are read from it.
/// @errors `corrupt` naming the field; `unsupported` for other kinds and hashes.
/// @source Azure confidential VM guest attestation: layout of the HCL report.
[[nodiscard]] Result<ParavisorReport> parse_paravisor_report(Bytes report);

/// What the runtime data says.
struct ParavisorRuntimeData {
  PublicKey ak;                      ///< key "HCLAkPub"
  std::vector<std::byte> user_data;  ///< 64 bytes the guest had put in, or empty
};

/// @errors `corrupt` for JSON that does not have exactly one usable key "HCLAkPub"; `unsupported` for other key types.
[[nodiscard]] Result<ParavisorRuntimeData> parse_paravisor_runtime_data(Bytes json);

/// The report data that a hardware report has to have to name this runtime data: SHA-256, then zeros.
[[nodiscard]] Result<FixedBytes<64>> paravisor_report_data(Bytes runtime_data);

/// Makes a TrustedAk of the key in a paravisor's runtime data.
class ParavisorAk {
 public:
  ParavisorAk() = delete;

  /// @param report verified; its report data has to be the digest of `runtime_data`, and it has to come from VMPL 0,
  ///        where the paravisor is and the guest's kernel is not.
  /// @errors `unverified` if it is not; as parse_paravisor_runtime_data().
  [[nodiscard]] static Result<TrustedAk> trust(const Verified<SnpFacts>& report, Bytes runtime_data);
};

}  // namespace asterism::attestation
