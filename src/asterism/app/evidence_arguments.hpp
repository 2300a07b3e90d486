// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "attestation/fields.hpp"
#include "common/json.hpp"

namespace asterism::cli {

/// The command line of verify-evidence.
struct EvidenceArguments {
  std::string report_data;
  std::string at;  ///< empty: now
  bool json = false;
  bool allow_debug = false;
  // SEV-SNP
  std::string snp_report;
  std::string snp_certificate;
  std::string snp_crl;
  std::vector<std::string> products;
  std::vector<std::string> measurements;
  std::string floor;
  std::uint32_t vmpl = 0;
  bool allow_smt = false;
  // TDX
  std::string tdx_quote;
  std::string tcb_info;
  std::string qe_identity;
  std::string signing_chain;
  std::string pck_crl;
  std::string root_crl;
  std::vector<std::string> statuses{"UpToDate"};
  std::string mrtd;
  std::vector<std::string> rtmrs;
};

/// Report data from hexadecimal text; what is missing behind is zero. @errors `usage`.
[[nodiscard]] Result<attestation::FixedBytes<64>> report_data_of(const std::string& hex);

/// The --snp-report of the arguments, verified, as a JSON object. @errors as Verifier::verify_snp(); `usage`; `io`.
[[nodiscard]] Result<Json> verify_snp(const EvidenceArguments& arguments, attestation::Time time);

/// The --tdx-quote of the arguments, verified, as a JSON object. @errors as Verifier::verify_tdx(); `usage`; `io`.
[[nodiscard]] Result<Json> verify_tdx(const EvidenceArguments& arguments, attestation::Time time);

}  // namespace asterism::cli
