// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "common/json_decoder.hpp"
#include "measured-boot/launch/mrtd.hpp"

namespace asterism::measured_boot {

/// One event that OVMF puts into RTMR 0, as data/launch/tdx.json describes it.
struct Rtmr0Event {
  std::string what;
  std::string value;  ///< where its digest comes from: "none", "cfv", "separator" or the name of a variable
  std::string why;
  std::string source;
};

/// A fact about a platform that the files do not tell, one way or the other.
struct TdxSwitch {
  std::string name;
  bool on = false;
  std::string reason;
  std::string source;
};

/// data/launch/tdx.json.
struct TdxData {
  std::vector<TdxOrderChoice> page_orders;
  std::vector<TdxSwitch> separators;     ///< on: the firmware ends its part of RTMR 1 with a separator
  std::vector<TdxSwitch> tpms;           ///< on: the kernel measures into RTMR 2, for want of a TPM
  std::vector<Rtmr0Event> rtmr0_events;  ///< in the order of the log
};

/// The member `key` of a data file: an array of switches. @errors `corrupt`, `unverified` for anything else.
[[nodiscard]] Result<std::vector<TdxSwitch>> decode_switches(JsonObjectDecoder& root, std::string_view key);

/// Reads the file. @errors `corrupt`, `unverified` for a data file that breaks its own rules.
[[nodiscard]] Result<TdxData> tdx_data();

}  // namespace asterism::measured_boot
