// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "attestation/fields.hpp"

namespace asterism::attestation {

/// Parts of a TD report that a quote carries.
struct TdBody {
  FixedBytes<16> tee_tcb_svn{};  ///< [0] security version, [1] major version of the TDX module
  FixedBytes<48> mr_seam{};
  FixedBytes<48> mr_signer_seam{};
  std::uint64_t seam_attributes = 0;
  std::uint64_t td_attributes = 0;  ///< bits, see TdAttributes
  std::uint64_t xfam = 0;           ///< CPU features the TD may use
  FixedBytes<48> mrtd{};
  FixedBytes<48> mr_config_id{};
  FixedBytes<48> mr_owner{};
  FixedBytes<48> mr_owner_config{};
  std::array<FixedBytes<48>, 4> rtmrs{};
  FixedBytes<64> report_data{};
  std::optional<FixedBytes<16>> tee_tcb_svn2;   ///< TDX 1.5
  std::optional<FixedBytes<48>> mr_service_td;  ///< TDX 1.5: digest of bound service TDs, e.g. for migration
};

/// Bits of TdBody::td_attributes.
struct TdAttributes {
  static constexpr std::uint64_t under_debug = 0xff;  ///< any of these: the host may look into the TD
  static constexpr std::uint64_t lass = 1ULL << 27;
  static constexpr std::uint64_t sept_ve_disable = 1ULL << 28;
  static constexpr std::uint64_t migratable = 1ULL << 29;
  static constexpr std::uint64_t pks = 1ULL << 30;
  static constexpr std::uint64_t key_locker = 1ULL << 31;
  static constexpr std::uint64_t perfmon = 1ULL << 63;
  static constexpr std::uint64_t known = under_debug | lass | sept_ve_disable | migratable | pks | key_locker | perfmon;
};

/// Report of the quoting enclave (an SGX report body).
struct QeReport {
  std::uint32_t misc_select = 0;
  FixedBytes<16> attributes{};
  FixedBytes<32> mr_signer{};
  std::uint16_t isv_prod_id = 0;
  std::uint16_t isv_svn = 0;
  FixedBytes<64> report_data{};
};

/// A TDX quote taken apart; nothing in it was verified. Ranges are views into the caller's bytes.
struct TdxQuote {
  std::uint16_t version = 0;
  TdBody body;
  Bytes signed_part;                 ///< header and body
  FixedBytes<64> signature{};        ///< r and s, big-endian, by attestation_key
  FixedBytes<64> attestation_key{};  ///< x and y on P-256
  Bytes qe_report_bytes;             ///< 384 bytes
  QeReport qe_report;
  FixedBytes<64> qe_signature{};  ///< by the PCK
  Bytes qe_auth_data;
  std::string_view pck_chain;  ///< PEM: leaf, intermediate, root
};

/// Takes a quote apart.
/// @errors `corrupt` naming the field for sizes that do not fit; zeros may follow the quote, nothing else;
///         `unsupported` for other versions, TEEs, key types, body types and certification data.
/// @source Intel TDX DCAP quoting library API, appendix A.3 (version 4) and A.4 (version 5); 384 bytes of the QE
/// report:
///         Intel SDM volume 3D, table 40-21.
/// @checked tests/unit/attestation/tdx_*; tests/fuzz/attestation.
[[nodiscard]] Result<TdxQuote> parse_tdx_quote(Bytes quote);

}  // namespace asterism::attestation
