// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/digest.hpp"

namespace asterism::measured_boot {

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

/// Digest of `data` in every bank. @errors `internal` from OpenSSL.
[[nodiscard]] Result<BankDigests> hash_banks(Bytes data);

/// How far the boot has come. The names of the last four are the words that systemd-pcrphase measures.
enum class Stage : std::uint8_t { firmware, boot_loader, stub, kernel, enter_initrd, leave_initrd, sysinit, ready };

/// "firmware", "boot-loader", "stub", "kernel", "enter-initrd", "leave-initrd", "sysinit" or "ready".
[[nodiscard]] std::string_view to_string(Stage stage) noexcept;

/// One measurement.
struct Event {
  PcrIndex pcr = 0;
  Stage stage = Stage::firmware;  ///< when it happens
  std::string what;               ///< for people and for comparing with logs
  BankDigests digests;
};

/// The PCR after `events` up to and including `last`, starting from zeros: PCR = H(PCR || digest) for each.
/// @errors `internal` from OpenSSL.
/// @source TCG PC Client Platform Firmware Profile 1.06, section 2.3; known answers in tests/unit/measured-boot.
[[nodiscard]] Result<Digest> replay(std::span<const Event> events, PcrIndex pcr, HashAlgorithm bank,
                                    Stage last = Stage::ready);

}  // namespace asterism::measured_boot
