// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attestation/verifier.hpp"
#include "pki.hpp"

namespace asterism::testing {

/// A processor maker of our own after Intel's: chain, collateral, quotes that it signs.
struct TdxWorld {
  static constexpr attestation::Time now{std::chrono::seconds{1'764'000'000}};  // 2025-11-24
  static constexpr std::uint32_t ca_serial = 11;
  static constexpr std::uint32_t pck_serial = 12;
  static constexpr std::uint32_t signing_serial = 13;

  TdxWorld();

  Issued root;
  Issued ca;
  Key pck_key;
  Key attestation_key;
  Issued signing;
  Buffer pck_extension;
  CertificateSpec pck;
  Buffer body;       ///< of a quote of version 4
  Buffer qe_report;  ///< its report data are filled in when a quote is made
  Buffer auth_data;
  std::string tcb_info;     ///< what is signed
  std::string qe_identity;  ///< what is signed
  std::vector<std::uint32_t> root_revoked;
  std::vector<std::uint32_t> pck_revoked;
  std::int64_t crl_next_update = now.time_since_epoch().count() + 1000;
  attestation::TdxPolicy policy;  ///< demands every field of the body
  std::vector<attestation::ImageReference> images;
  std::uint32_t evaluation_number_min = 17;
  attestation::FixedBytes<64> report_data;

  /// @param patch_qe changes the QE report before it is signed.
  [[nodiscard]] Buffer quote(std::uint16_t version = 4, Buffer (*patch_qe)(Buffer, const void*) = nullptr,
                             const void* context = nullptr) const;
  /// A document with the signature of the TCB signing key.
  [[nodiscard]] std::string sign(std::string_view name, const std::string& text) const;
  [[nodiscard]] Result<attestation::Verified<attestation::TdxFacts>> verify(const Buffer& quote) const;
  /// With documents that are given as they are.
  [[nodiscard]] Result<attestation::Verified<attestation::TdxFacts>> verify(const Buffer& quote,
                                                                            const std::string& info_document,
                                                                            const std::string& qe_document) const;
};

/// PEM of a certificate.
std::string pem(const attestation::Certificate& certificate);

}  // namespace asterism::testing
