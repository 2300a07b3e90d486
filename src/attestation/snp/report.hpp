// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "attestation/fields.hpp"
#include "attestation/snp/product.hpp"

namespace asterism::attestation {

/// What the guest's owner allowed when the guest was launched.
struct SnpGuestPolicy {
  std::uint8_t abi_minor = 0;
  std::uint8_t abi_major = 0;
  bool smt = false;              ///< may run where SMT is on
  bool migration_agent = false;  ///< may be tied to a migration agent
  bool debug = false;            ///< the host may read its memory
  bool single_socket = false;
};

/// Which key signed a report.
enum class SnpSigningKey : std::uint8_t {
  vcek,  ///< of one chip and one TCB
  vlek,  ///< of a cloud and one TCB
};

/// "VCEK" or "VLEK".
[[nodiscard]] std::string_view to_string(SnpSigningKey key) noexcept;

/// Version of the firmware that runs, or that is committed.
struct SnpFirmware {
  std::uint8_t major = 0;
  std::uint8_t minor = 0;
  std::uint8_t build = 0;

  friend auto operator<=>(const SnpFirmware&, const SnpFirmware&) = default;
};

/// An attestation report as it lies in the 1184 bytes; nothing in it was verified.
struct SnpReport {
  static constexpr std::size_t size_bytes = 0x4a0;
  static constexpr std::size_t signed_bytes = 0x2a0;

  std::uint32_t version = 0;
  std::uint32_t guest_svn = 0;
  SnpGuestPolicy policy;
  FixedBytes<16> family_id;
  FixedBytes<16> image_id;
  std::uint32_t vmpl = 0;
  SnpTcb current_tcb;
  std::uint64_t platform_info = 0;  ///< bits, see SnpPlatform
  bool author_key_enabled = false;
  bool chip_key_masked = false;
  SnpSigningKey signing_key = SnpSigningKey::vcek;
  FixedBytes<64> report_data;
  FixedBytes<48> measurement;
  FixedBytes<32> host_data;
  FixedBytes<48> id_key_digest;
  FixedBytes<48> author_key_digest;
  FixedBytes<32> report_id;
  FixedBytes<32> report_id_ma;
  SnpTcb reported_tcb;
  std::optional<SnpProduct> product;  ///< from the CPUID fields, which version 2 does not have
  FixedBytes<64> chip_id;
  SnpTcb committed_tcb;
  SnpFirmware current_firmware;
  SnpFirmware committed_firmware;
  SnpTcb launch_tcb;
  std::uint64_t launch_mitigations = 0;   ///< version 5
  std::uint64_t current_mitigations = 0;  ///< version 5
  FixedBytes<72> signature_r;             ///< little-endian
  FixedBytes<72> signature_s;
};

/// Bits of SnpReport::platform_info.
struct SnpPlatform {
  static constexpr std::uint64_t smt = 1U << 0;
  static constexpr std::uint64_t tsme = 1U << 1;
  static constexpr std::uint64_t ecc = 1U << 2;
  static constexpr std::uint64_t rapl_off = 1U << 3;
  static constexpr std::uint64_t ciphertext_hiding = 1U << 4;
  static constexpr std::uint64_t alias_check = 1U << 5;  ///< the answer to BadRAM
  static constexpr std::uint64_t tio = 1U << 7;
  static constexpr std::uint64_t known = smt | tsme | ecc | rapl_off | ciphertext_hiding | alias_check | tio;
};

/// Takes a report apart. Every reserved bit has to be zero.
/// @errors `corrupt` for another length or a broken rule of the format, naming the field; `unsupported` for versions
///         other than 2, 3 and 5 and for other processors.
/// @source SEV-SNP ABI specification 1.58, table 23 (ATTESTATION_REPORT).
/// @checked tests/unit/attestation/snp_*; tests/fuzz/attestation.
[[nodiscard]] Result<SnpReport> parse_snp_report(Bytes report);

}  // namespace asterism::attestation
