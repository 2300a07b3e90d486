// SPDX-License-Identifier: Apache-2.0
#include "node-console/unit_status.hpp"

#include <array>
#include <format>

#include "node-console/text.hpp"

namespace asterism::node_console {
namespace {

constexpr std::size_t name_limit = 64;
constexpr std::size_t reason_limit = 160;

struct KnownReason {
  std::string_view path;
  std::string_view meaning;
};
// Conditions of our own units in words.
constexpr std::array known_reasons{
    KnownReason{.path = "/run/asterism/join/", .meaning = "join credentials"},
    KnownReason{.path = "/run/asterism/state-disk.json", .meaning = "no state disk, /var is in memory"},
};

// Conditions about things that may still come, as opposed to what the machine is.
bool may_still_be_met(std::string_view condition) {
  return condition.starts_with("ConditionPath") || condition.starts_with("ConditionFile") ||
         condition.starts_with("ConditionDirectory");
}

std::string condition_text(const std::vector<std::string>& unmet) {
  const std::string& first = unmet.front();
  const std::string more = unmet.size() > 1 ? std::format(" and {} more", unmet.size() - 1) : std::string{};
  for (const auto& known : known_reasons) {
    if (first.contains(known.path)) return std::format("{} ({}{})", known.meaning, first, more);
  }
  return first + more;
}

AgentState state_of(const UnitStatus& unit) {
  if (unit.load_state == "not-found" || unit.load_state == "masked") return AgentState::absent;
  if (unit.active_state == "active" || unit.active_state == "reloading" || unit.active_state == "refreshing") {
    return AgentState::active;
  }
  if (unit.active_state == "activating") return AgentState::starting;
  if (unit.active_state == "deactivating") return AgentState::stopping;
  if (unit.active_state == "failed") return AgentState::failed;
  if (unit.active_state != "inactive") return AgentState::unknown;
  if (unit.unmet_conditions.empty()) return AgentState::inactive;
  return may_still_be_met(unit.unmet_conditions.front()) ? AgentState::waiting : AgentState::skipped;
}

std::string reason_of(const UnitStatus& unit, AgentState state) {
  switch (state) {
    case AgentState::waiting:
    case AgentState::skipped:
      return condition_text(unit.unmet_conditions);
    case AgentState::failed:
      if (unit.result == "exit-code") return std::format("exit code {}", unit.exit_status);
      return unit.result;
    case AgentState::starting:
      return unit.sub_state == "auto-restart" ? "after a failure" : "";
    case AgentState::unknown:
      return unit.active_state;
    default:
      return {};
  }
}

}  // namespace

std::string_view to_string(AgentState state) noexcept {
  constexpr std::array<std::string_view, 9> names{"active", "starting", "stopping", "waiting", "skipped",
                                                  "failed", "inactive", "absent",   "unknown"};
  return names.at(static_cast<std::size_t>(state));
}

AgentSummary summarise(const UnitStatus& unit) {
  std::string_view name = unit.name;
  if (name.ends_with(".service")) name.remove_suffix(std::string_view{".service"}.size());
  const auto state = state_of(unit);
  return {.name = shown(name, name_limit), .state = state, .reason = shown(reason_of(unit, state), reason_limit)};
}

std::string describe(const AgentSummary& agent) {
  if (agent.reason.empty()) return std::string{to_string(agent.state)};
  return std::format("{}: {}", to_string(agent.state), agent.reason);
}

}  // namespace asterism::node_console
