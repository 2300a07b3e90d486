// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "common/digest.hpp"
#include "common/json_decoder.hpp"

namespace asterism::manifest {

/// A TPM PCR index.
using PcrIndex = unsigned;

// The registers that are predicted, by what they hold.
inline constexpr PcrIndex pcr_boot_loader_code = 4;
inline constexpr PcrIndex pcr_secure_boot_policy = 7;
inline constexpr PcrIndex pcr_kernel_initrd = 9;
inline constexpr PcrIndex pcr_kernel_boot = 11;
inline constexpr PcrIndex pcr_kernel_config = 12;
inline constexpr PcrIndex pcr_sysexts = 13;
inline constexpr PcrIndex pcr_system_identity = 15;

/// The same data's digest in every bank.
struct BankDigests {
  Digest sha256{HashAlgorithm::sha256};
  Digest sha384{HashAlgorithm::sha384};

  [[nodiscard]] const Digest& of(HashAlgorithm bank) const noexcept {
    return bank == HashAlgorithm::sha256 ? sha256 : sha384;
  }
  [[nodiscard]] Digest& of(HashAlgorithm bank) noexcept { return bank == HashAlgorithm::sha256 ? sha256 : sha384; }

  friend bool operator==(const BankDigests&, const BankDigests&) = default;
};

/// {"sha256": hex, "sha384": hex}.
[[nodiscard]] Json bank_digests_json(const BankDigests& digests);

/// How far the boot has come. The names of the last four are the words that systemd-pcrphase measures.
enum class Stage : std::uint8_t { firmware, boot_loader, stub, kernel, enter_initrd, leave_initrd, sysinit, ready };

/// "firmware", "boot-loader", "stub", "kernel", "enter-initrd", "leave-initrd", "sysinit" or "ready".
[[nodiscard]] std::string_view to_string(Stage stage) noexcept;

/// State of Secure Boot during a boot.
enum class SecureBoot : std::uint8_t {
  on,
  off,
  absent,  ///< firmware without Secure Boot: not even the variable exists
};

/// "on", "off" or "absent".
[[nodiscard]] std::string_view to_string(SecureBoot state) noexcept;

}  // namespace asterism::manifest
