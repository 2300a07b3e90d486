// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <map>

#include "common/json_decoder.hpp"
#include "manifest/registers.hpp"

namespace asterism::manifest {

/// The moments at which PCR 11 has a value of its own: after the stub, and after each phase word.
inline constexpr std::array kernel_boot_stages{Stage::stub, Stage::enter_initrd, Stage::leave_initrd, Stage::sysinit,
                                               Stage::ready};

/// The predicted registers of one boot in one bank.
struct PcrValues {
  std::map<PcrIndex, Digest> settled;   ///< all but PCR 11, whose values do not change while the system runs
  std::map<Stage, Digest> kernel_boot;  ///< PCR 11 at each of kernel_boot_stages

  friend bool operator==(const PcrValues&, const PcrValues&) = default;
};

/// One boot in every bank.
using BankValues = std::map<HashAlgorithm, PcrValues>;

/// {"sha256": {"4": hex, ..., "11": {"stub": hex, "enter-initrd": hex, ...}, ...}, "sha384": {...}}.
[[nodiscard]] Json to_json(const BankValues& values);

/// The reverse of to_json(); both banks, all stages and PCR 4, 9, 12, 13 and 15 must be there.
/// @errors `corrupt`, `unverified` as JsonObjectDecoder; `corrupt` for a key that is no PCR from 0 to 23.
[[nodiscard]] Result<BankValues> decode_bank_values(JsonObjectDecoder banks);

}  // namespace asterism::manifest
