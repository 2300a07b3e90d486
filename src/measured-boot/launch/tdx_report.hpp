// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "measured-boot/launch/launch_report.hpp"
#include "measured-boot/launch/rtmr.hpp"
#include "measured-boot/launch/tdx_data.hpp"

namespace asterism::measured_boot {

/// MRTD under one page order.
struct MrtdValue {
  TdxOrderChoice choice;
  Digest digest{HashAlgorithm::sha384};
};

/// A register under one set of circumstances.
struct RtmrValue {
  RtmrIndex rtmr = 0;
  SecureBoot secure_boot = SecureBoot::off;
  unsigned profile = 0;
  std::string circumstance;      ///< name of a TdxSwitch; empty where it does not matter
  std::optional<Digest> digest;  ///< nullopt where some event depends on the machine
  std::vector<RtmrEvent> events;
};

/// The measurements of one TD.
struct TdxReport {
  std::vector<LaunchFile> files;
  std::vector<MrtdValue> mrtd;
  std::vector<RtmrValue> rtmrs;
  std::vector<TdxSwitch> circumstances;
  std::vector<std::string> notes;
};

/// Adds RTMR 0 to 3 for every boot that is predicted and every circumstance.
/// @param configuration_volume the bytes of the firmware's CFV section.
/// @param gpt_event of the disk; empty for a UKI file, which has no RTMR 1.
/// @errors those of rtmr0_events(), rtmr1_events().
[[nodiscard]] Result<> add_rtmrs(TdxReport& report, const TdxData& data, const Measurements& measurements,
                                 const TdxActors& actors, Bytes configuration_volume,
                                 const SecureBootVariables& variables, Bytes gpt_event);

/// The table for people. @param with_events also list every event.
[[nodiscard]] std::string tdx_table(const TdxReport& report, bool with_events);

/// The JSON; schema: image-manifests/schemas/tdx.schema.json.
[[nodiscard]] Json tdx_json(const TdxReport& report);

}  // namespace asterism::measured_boot
