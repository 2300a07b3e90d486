// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "common/bytes.hpp"

namespace asterism::attestation {

/// What a claim or a piece of evidence is made of. The numbers are the protocol's.
enum class Part : std::uint8_t {
  snp_report = 1,
  snp_certificates = 2,  ///< table that the host keeps beside the report (GHCB specification, extended guest request)
  tdx_quote = 3,
  tpm_attest = 4,
  tpm_signature = 5,      ///< TPMT_SIGNATURE
  tpm_pcrs = 6,           ///< see encode_pcrs()
  measured_events = 7,    ///< what was measured into PCR 15, see encode_events()
  firmware_log = 8,       ///< the firmware's event log, for whoever wants to explain
  ak_public = 9,          ///< TPMT_PUBLIC
  ek_certificate = 10,    ///< DER
  ek_intermediate = 11,   ///< DER, up to 4 times
  challenge_answer = 12,  ///< what TPM2_ActivateCredential gave
  paravisor_report = 13,
  image = 14,               ///< name and version that the node says it runs; for messages only
  manifest = 15,            ///< signed manifest of the prover's image
  manifest_signature = 16,  ///< up to 8 times
  operator_key = 17,        ///< SubjectPublicKeyInfo
  operator_signature = 18,  ///< over the binding
};

/// A list of parts, by number. Views into somebody else's bytes.
class Parts {
 public:
  /// Takes a claim or evidence apart: version 1 (1 byte), then for each part its number (1 byte), length (4 bytes,
  /// big-endian) and content. Numbers ascend; only those that may come several times repeat.
  /// @errors `corrupt`; `unsupported` for another version or an unknown part.
  /// @checked tests/unit/attestation/evidence_parts_test.cpp; tests/fuzz/attestation.
  [[nodiscard]] static Result<Parts> parse(Bytes bytes);

  /// Adds a part, in the place of its number.
  void add(Part part, Bytes content);
  [[nodiscard]] std::vector<std::byte> encode() const;

  /// The content of a part, or none.
  [[nodiscard]] std::optional<Bytes> find(Part part) const;
  /// The content of a part that has to be there. @errors `unverified` naming it.
  [[nodiscard]] Result<Bytes> need(Part part) const;
  [[nodiscard]] std::vector<Bytes> all(Part part) const;

 private:
  struct Entry {
    Part part;
    Bytes content;
  };
  std::vector<Entry> entries_;
};

/// "tpm_attest", ... for messages.
[[nodiscard]] std::string_view to_string(Part part) noexcept;

}  // namespace asterism::attestation
