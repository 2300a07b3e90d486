// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "node-console/change_log.hpp"
#include "node-console/unit_status.hpp"

namespace asterism::node_console {

/// The line by which scripts and tests know that the node is up; printed once per boot, on a line of its own.
inline constexpr std::string_view ready_line = "asterism: ready";

/// What the console has to do now, in this order.
struct Actions {
  bool banner = false;
  bool ready = false;              ///< print ready_line
  std::vector<std::string> lines;  ///< without newline
  std::optional<TimePoint> wake;   ///< call step() again at this time, even if nothing changes

  friend bool operator==(const Actions&, const Actions&) = default;
};

/// Decides when to print what; knows neither bus nor console.
///
/// Until the node is ready it is silent, except for one banner when that takes longer than `patience`. Then banner and
/// ready line follow at once, and after them one line a change.
class Monitor {
 public:
  /// @param ready_was_told a former run of this program in the same boot printed the ready line.
  Monitor(TimePoint start, bool ready_was_told, std::chrono::seconds patience = std::chrono::seconds{30},
          ChangeLimits limits = {});

  /// @param units nothing if the service manager does not answer.
  [[nodiscard]] Actions step(TimePoint now, const std::optional<UnitSnapshot>& units);

 private:
  TimePoint impatient_at_;
  bool ready_told_;
  bool early_banner_told_ = false;
  bool has_baseline_ = false;
  bool answered_ = true;
  ChangeLog changes_;
};

}  // namespace asterism::node_console
