// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "common/digest.hpp"

namespace asterism::tpm {

/// Index of a PCR; the PC Client profile has 0 to 23.
using Pcr = unsigned;
inline constexpr Pcr pcr_max = 23;

/// PCRs of one bank. Make it with make(): the list is sorted, without duplicates, and not empty.
class PcrSelection {
 public:
  /// @errors `usage` for no PCR at all, one above 23, or the same twice.
  [[nodiscard]] static Result<PcrSelection> make(HashAlgorithm bank, std::vector<Pcr> pcrs);

  [[nodiscard]] HashAlgorithm bank() const noexcept { return bank_; }
  [[nodiscard]] const std::vector<Pcr>& pcrs() const noexcept { return pcrs_; }

  /// TPML_PCR_SELECTION with this one bank and a bitmap of three bytes.
  /// @source TPM 2.0 Library, Part 2, 10.6 and 10.9.
  [[nodiscard]] std::vector<std::byte> marshalled() const;

  friend bool operator==(const PcrSelection&, const PcrSelection&) = default;

 private:
  PcrSelection(HashAlgorithm bank, std::vector<Pcr> pcrs) : bank_{bank}, pcrs_{std::move(pcrs)} {}

  HashAlgorithm bank_;
  std::vector<Pcr> pcrs_;
};

/// SHA-256 of the concatenated values: what PolicyPCR and quotes compare, whatever the bank.
/// @errors `internal` from OpenSSL.
[[nodiscard]] Result<Digest> composite_digest(std::span<const Digest> values);

}  // namespace asterism::tpm
