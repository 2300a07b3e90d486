// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "common/bytes.hpp"
#include "common/digest.hpp"

namespace asterism::attestation {

/// PCRs of one bank.
struct PcrSelection {
  HashAlgorithm bank = HashAlgorithm::sha256;
  std::uint32_t mask = 0;  ///< bit n is PCR n

  friend bool operator==(const PcrSelection&, const PcrSelection&) = default;
};

/// When a quote was made, in the TPM's own counting. Keys outside the endorsement and platform hierarchies see
/// obfuscated counters: the same offset for each key.
struct TpmClock {
  std::uint64_t clock_ms = 0;
  std::uint32_t reset_count = 0;    ///< resets (machine restarts) since the TPM was cleared
  std::uint32_t restart_count = 0;  ///< resumes since the reset
  bool safe = false;                ///< the clock never went back
};

/// A TPMS_ATTEST of type quote; nothing in it was verified.
struct TpmQuote {
  std::vector<std::byte> qualified_signer;  ///< qualified name of the key
  std::vector<std::byte> extra_data;        ///< the nonce
  TpmClock clock;
  std::uint64_t firmware_version = 0;
  PcrSelection selection;
  std::vector<std::byte> pcr_digest;
};

/// Takes a quote apart.
/// @errors `corrupt` for malformed bytes or data behind them; `unsupported` for other attestations than quotes, for
///         other banks than SHA-256 and SHA-384, and for a selection over several banks or none.
/// @source TPM 2.0 library specification 1.59, part 2 section 10.12.
/// @checked tests/unit/attestation/tpm_*: quotes of libtpms; tests/fuzz/attestation.
[[nodiscard]] Result<TpmQuote> parse_tpm_quote(Bytes attest);

}  // namespace asterism::attestation
