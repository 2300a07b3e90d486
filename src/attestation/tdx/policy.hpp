// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "attestation/tdx/quote.hpp"
#include "attestation/tdx/tcb_status.hpp"

namespace asterism::attestation {

/// What a relying party demands of a TD. The defaults refuse everything that a node does not need.
struct TdxPolicy {
  std::set<TcbStatus> statuses{TcbStatus::up_to_date};
  bool allow_debug = false;
  bool allow_migration = false;         ///< of the TD, or service TDs bound to it
  bool require_sept_ve_disable = true;  ///< else the host can surprise the guest with a #VE at any page
  /// CPU features that the TD may use: x87, SSE, AVX, AVX-512, PKRU, CET, AMX and what TDX itself always allows.
  std::uint64_t xfam_allowed = 0x0006'dbe7;
  std::uint64_t xfam_required = 0x3;  ///< x87 and SSE
  std::optional<FixedBytes<48>> mr_config_id{};
  std::optional<FixedBytes<48>> mr_owner{};
  std::optional<FixedBytes<48>> mr_owner_config{};
  std::vector<FixedBytes<16>> platforms{};  ///< if not empty: PPIDs of the only platforms allowed
};

}  // namespace asterism::attestation
