// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/json.hpp"
#include "measured-boot/log_files.hpp"

namespace asterism::measured_boot {

/// The table of `replay` for people: every event, what is odd, every register.
/// @errors those of event_log::replay().
[[nodiscard]] Result<std::string> replay_table(const BootLogs& logs);

/// The JSON of `replay --json`; schema: image-manifests/schemas/replay.schema.json.
/// @errors those of event_log::replay().
[[nodiscard]] Result<Json> replay_json(const BootLogs& logs);

}  // namespace asterism::measured_boot
