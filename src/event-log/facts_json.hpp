// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/json.hpp"
#include "event-log/facts.hpp"

namespace asterism::event_log {

/// The facts as a JSON object whose "kind" names the type: variable, image, gpt, separator, text, tagged,
/// firmware-blob, handoff-tables, startup-locality, no-action, opaque or malformed.
/// Schema: image-manifests/schemas/replay.schema.json.
[[nodiscard]] Json to_json(const Facts& facts);

}  // namespace asterism::event_log
