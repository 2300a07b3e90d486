// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "attestation/certificate.hpp"
#include "attestation/tdx/tcb_status.hpp"

namespace asterism::attestation {

/// One row of a TCB info: a platform at or above all of these has the status.
struct TcbLevel {
  FixedBytes<16> sgx{};
  FixedBytes<16> tdx{};
  std::uint16_t pce_svn = 0;
  TcbStatus status = TcbStatus::revoked;
  std::vector<std::string> advisories{};
};

/// One row for an enclave or a TDX module: a security version at or above this one has the status.
struct SvnLevel {
  std::uint16_t isv_svn = 0;
  TcbStatus status = TcbStatus::revoked;
  std::vector<std::string> advisories{};
};

/// Who has to have made the TDX module.
struct TdxModuleIdentity {
  std::string id;  ///< "TDX_03" is major version 3; empty for the module of TDX 1.0
  FixedBytes<48> mr_signer{};
  std::uint64_t attributes = 0;
  std::uint64_t attributes_mask = 0;
  std::vector<SvnLevel> levels{};
};

/// Dates and age that TCB info and QE identity share.
struct CollateralDates {
  Time issued{};
  Time next_update{};
  std::uint32_t evaluation_number = 0;
};

/// Intel's judgement of all platforms of one FMSPC.
struct TcbInfo {
  CollateralDates dates;
  FixedBytes<6> fmspc{};
  FixedBytes<2> pce_id{};
  TdxModuleIdentity module;
  std::vector<TdxModuleIdentity> module_identities;
  std::vector<TcbLevel> levels;
};

/// What Intel's quoting enclave for TDs looks like.
struct QeIdentity {
  CollateralDates dates;
  std::uint32_t misc_select = 0;
  std::uint32_t misc_select_mask = 0;
  FixedBytes<16> attributes{};
  FixedBytes<16> attributes_mask{};
  FixedBytes<32> mr_signer{};
  std::uint16_t isv_prod_id = 0;
  std::vector<SvnLevel> levels;
};

/// A document of Intel's service, {"<name>":{...},"signature":"<r and s in hexadecimal>"}, cut at the bytes that were
/// signed. They are what is parsed later: nothing is written out again to check a signature.
struct SignedDocument {
  std::string_view signed_text;
  FixedBytes<64> signature{};
};

/// @errors `corrupt` for any other shape.
[[nodiscard]] Result<SignedDocument> split_signed_document(std::string_view document, std::string_view name);

/// @param text the signed text of a document "tcbInfo", version 3 for TDX. @errors `corrupt`, `unsupported`,
/// `unverified`
///        (unknown member) with the JSON path.
/// @source Intel PCS API version 4, "Get TDX TCB Info". @checked tests/unit/attestation/tdx_*; tests/fuzz/attestation.
[[nodiscard]] Result<TcbInfo> parse_tcb_info(std::string_view text);

/// @param text the signed text of a document "enclaveIdentity", id TD_QE, version 2. @errors as parse_tcb_info().
/// @source Intel PCS API version 4, "Get TDX QE Identity".
[[nodiscard]] Result<QeIdentity> parse_qe_identity(std::string_view text);

}  // namespace asterism::attestation
