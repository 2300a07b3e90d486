// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/json.hpp"
#include "measured-boot/explain/boot_view.hpp"
#include "measured-boot/explain/cause.hpp"

namespace asterism::measured_boot::explain {

/// Values that registers really had, from a quote or from the machine, by the log's numbers.
using ActualValues = std::map<std::uint32_t, Digest>;

/// Reads values of one bank from JSON: {"sha256": {"4": hex, "PCR 7": hex, "RTMR 1": hex, ...}, ...}; the object
/// "banks" of `replay --json` is of this form.
/// @errors `corrupt` for another shape; `not_found` where the bank is not in it.
[[nodiscard]] Result<ActualValues> parse_actual_values(std::string_view text, event_log::RegisterSet set,
                                                       HashAlgorithm bank);

/// What came of one register.
struct RegisterReport {
  std::uint32_t number = 0;
  Digest log_value;                      ///< what the log replays to
  std::optional<Digest> actual = {};     ///< what it really held
  std::optional<Difference> difference;  ///< none: as expected
  std::optional<Cause> cause;            ///< set with `difference`
};

/// What came of one boot. Refers to the BootView.
struct Explanation {
  std::vector<RegisterReport> registers;     ///< those with an expectation, and those with an actual value
  std::vector<std::uint32_t> not_predicted;  ///< registers of the log that nothing is expected of
  std::vector<std::string> notes;

  [[nodiscard]] bool agrees() const;
};

/// Judges every register: whether the log is true to the actual values, then whether it is as expected, and if not why.
///
/// Where systemd's log is not there, a register may go on from the firmware's value with the phases that the image
/// measures; a note says how far it came.
/// @errors `internal` from OpenSSL; `corrupt` for a log that does not replay.
[[nodiscard]] Result<Explanation> explain(const BootView& boot, const event_log::EventLog& log,
                                          const std::vector<event_log::UserspaceEvent>& userspace,
                                          const ActualValues& actual);

/// The text for people.
[[nodiscard]] std::string explanation_text(const Explanation& explanation, const Expectation& expectation);

/// The JSON of `explain --json`; schema: image-manifests/schemas/explanation.schema.json.
[[nodiscard]] Json explanation_json(const Explanation& explanation, const Expectation& expectation);

}  // namespace asterism::measured_boot::explain
