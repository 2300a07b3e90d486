// SPDX-License-Identifier: Apache-2.0
#include "node-console/monitor.hpp"

namespace asterism::node_console {

Monitor::Monitor(TimePoint start, bool ready_was_told, std::chrono::seconds patience, ChangeLimits limits)
    : impatient_at_{start + patience}, ready_told_{ready_was_told}, changes_{limits} {}

Actions Monitor::step(TimePoint now, const std::optional<UnitSnapshot>& units) {
  Actions actions;
  if (!ready_told_) {
    if (units && units->ready) {
      actions.banner = actions.ready = ready_told_ = has_baseline_ = true;
      changes_.accept(*units);
      return actions;
    }
    actions.banner = !early_banner_told_ && now >= impatient_at_;
    early_banner_told_ = early_banner_told_ || actions.banner;
    if (!early_banner_told_) actions.wake = impatient_at_;
    return actions;
  }
  if (!units) {
    // Once per outage: the daemon keeps trying.
    if (answered_)
      actions.lines.emplace_back("asterism: state of the agents unknown, the service manager does not answer");
    answered_ = false;
    return actions;
  }
  answered_ = true;
  if (!has_baseline_) changes_.accept(*units);
  has_baseline_ = true;
  actions.lines = changes_.update(now, *units);
  actions.wake = changes_.next_update();
  return actions;
}

}  // namespace asterism::node_console
