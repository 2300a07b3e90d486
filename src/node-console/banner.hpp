// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "node-console/node_facts.hpp"
#include "node-console/unit_status.hpp"

namespace asterism::node_console {

/// What the banner is made from. Without `units` the service manager did not answer.
struct NodeReport {
  NodeFacts facts;
  std::optional<UnitSnapshot> units;
};

/// The banner for people: whole lines of printable ASCII, at most 80 columns except where an agent has a reason.
/// A missing source stands there as "unknown". Everything but the release profile says loudly what it is.
[[nodiscard]] std::string render_banner(const NodeReport& report);

/// The same as one JSON object; docs/node-console.md lists its keys, which are always all there.
[[nodiscard]] std::string render_json(const NodeReport& report);

}  // namespace asterism::node_console
