// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "node-console/unit_status.hpp"

namespace asterism::node_console {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

/// How much the console may say after the banner.
struct ChangeLimits {
  std::size_t lines = 20;  ///< in any `window`
  std::chrono::seconds window{60};
};

/// Turns unit states into lines, one for each unit that changed since it was last spoken of.
///
/// Where the limit is reached, a change waits; if the unit changes again meanwhile, only its last state is printed. So
/// a unit that flaps costs a bounded number of lines, and the last line of a unit is always true in the end.
class ChangeLog {
 public:
  explicit ChangeLog(ChangeLimits limits = {}) : limits_{limits} {}

  /// Takes the states as known, e.g. since the banner shows them.
  void accept(const UnitSnapshot& units);

  /// Lines such as "asterism: kubelet.service active", without newline.
  [[nodiscard]] std::vector<std::string> update(TimePoint now, const UnitSnapshot& units);

  /// When update() should be called again for a change that had to wait.
  [[nodiscard]] std::optional<TimePoint> next_update() const noexcept { return next_update_; }

 private:
  bool may_print(TimePoint now);

  ChangeLimits limits_;
  std::map<std::string, std::string, std::less<>> told_;  // unit to the description that was printed last
  std::deque<TimePoint> printed_;
  std::optional<TimePoint> next_update_;
};

}  // namespace asterism::node_console
