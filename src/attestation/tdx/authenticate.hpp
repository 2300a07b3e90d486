// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attestation/revocation.hpp"
#include "attestation/tdx/collateral.hpp"
#include "attestation/tdx/pck_certificate.hpp"
#include "attestation/tdx/quote.hpp"

namespace asterism::attestation {

/// What Intel's provisioning certification service gave out, kept as it came.
struct TdxCollateral {
  std::string_view tcb_info;       ///< body of .../tdx/certification/v4/tcb
  std::string_view qe_identity;    ///< body of .../tdx/certification/v4/qe/identity
  std::string_view signing_chain;  ///< PEM: Intel SGX TCB Signing first; the root may follow
  Bytes pck_crl;                   ///< DER, of the CA that issued the PCK certificate
  Bytes root_crl;                  ///< DER, of the root
};

/// A quote whose signatures lead to the root, with what Intel says about its platform at that time.
struct AuthenticQuote {
  TdxQuote quote;
  PckFacts pck;
  TcbInfo tcb_info;
  QeIdentity qe_identity;
};

/// Intel's root as it is pinned in the source tree. @errors `internal` if the tree's file is broken.
[[nodiscard]] Result<Certificate> pinned_intel_root();

/// Checks all signatures, certificates, revocation lists and dates of a quote and its collateral, and that they belong
/// together. Judges nothing: neither the TCB level nor what the TD is.
/// @errors as the parsers; `unverified` naming the link that does not hold.
/// @source Intel TDX DCAP quote verification library, verification flow; Intel SGX PCK certificate and CRL profile 1.5.
[[nodiscard]] Result<AuthenticQuote> authenticate_tdx_quote(Bytes quote, const TdxCollateral& collateral,
                                                            const Certificate& root, Time time);

/// Judgement of a platform.
struct TcbVerdict {
  TcbStatus status = TcbStatus::revoked;
  std::vector<std::string> advisories{};
};

/// Finds the TCB level of platform, TDX module and quoting enclave, and takes the worst.
/// @errors `unverified` naming the part if no level fits, or if module or enclave are not Intel's.
/// @source as authenticate_tdx_quote(); with TDX 1.5 the module has levels of its own and the first two components of
///         tee_tcb_svn are compared there.
[[nodiscard]] Result<TcbVerdict> judge_tcb(const AuthenticQuote& authentic);

}  // namespace asterism::attestation
