// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/json.hpp"
#include "measured-boot/prediction.hpp"

namespace asterism::measured_boot {

/// The table for people. @param with_events also list every event in order. @errors `internal` from OpenSSL.
[[nodiscard]] Result<std::string> report_table(const Measurements& measurements, bool with_events);

/// The JSON of `predict --json`; schema: image-manifests/schemas/prediction.schema.json.
/// @errors `internal` from OpenSSL.
[[nodiscard]] Result<Json> report_json(const Measurements& measurements, bool with_events);

/// systemd's .pcrlock records of one prediction, every event a record. @source systemd.pcrlock(5).
[[nodiscard]] Json report_pcrlock(const Prediction& prediction);

}  // namespace asterism::measured_boot
