// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/digest.hpp"
#include "manifest/registers.hpp"

namespace asterism::measured_boot {

// The vocabulary of the manifest is that of the predictions.
using manifest::BankDigests;
using manifest::PcrIndex;
using manifest::SecureBoot;
using manifest::Stage;

using manifest::pcr_boot_loader_code;
using manifest::pcr_kernel_boot;
using manifest::pcr_kernel_config;
using manifest::pcr_kernel_initrd;
using manifest::pcr_secure_boot_policy;
using manifest::pcr_sysexts;
using manifest::pcr_system_identity;

/// Digest of `data` in every bank. @errors `internal` from OpenSSL.
[[nodiscard]] Result<BankDigests> hash_banks(Bytes data);

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
