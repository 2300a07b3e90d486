// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "common/error.hpp"

namespace asterism::attestation {

/// Intel's judgement of a TCB level, from good to bad.
enum class TcbStatus : std::uint8_t {
  up_to_date,
  sw_hardening_needed,
  configuration_needed,
  configuration_and_sw_hardening_needed,
  out_of_date,
  out_of_date_configuration_needed,
  revoked,
};

/// "UpToDate", ... as Intel spells it.
[[nodiscard]] std::string_view to_string(TcbStatus status) noexcept;

/// The reverse of to_string. @errors `unsupported` for any other name.
[[nodiscard]] Result<TcbStatus> parse_tcb_status(std::string_view name);

/// The status of a platform with a part (module or quoting enclave) of this status.
/// @source Intel TDX DCAP quote verification: an old part makes the platform old and leaves its need of configuration.
[[nodiscard]] TcbStatus merge(TcbStatus platform, TcbStatus part) noexcept;

}  // namespace asterism::attestation
