// SPDX-License-Identifier: Apache-2.0
#include "node-console/change_log.hpp"

#include <format>
#include <ranges>
#include <set>

#include "node-console/text.hpp"

namespace asterism::node_console {
namespace {

constexpr std::size_t name_limit = 72;

}  // namespace

void ChangeLog::accept(const UnitSnapshot& units) {
  told_.clear();
  next_update_.reset();
  for (const auto& unit : units.agents)
    told_[unit.name] = describe(summarise(unit));
}

bool ChangeLog::may_print(TimePoint now) {
  while (!printed_.empty() && now - printed_.front() >= limits_.window)
    printed_.pop_front();
  return printed_.size() < limits_.lines;
}

std::vector<std::string> ChangeLog::update(TimePoint now, const UnitSnapshot& units) {
  std::vector<std::string> lines;
  std::set<std::string_view> present;
  next_update_.reset();
  for (const auto& unit : units.agents) {
    present.insert(unit.name);
    auto description = describe(summarise(unit));
    const auto known = told_.find(unit.name);
    if (known != told_.end() && known->second == description) continue;
    if (!may_print(now)) {
      next_update_ = printed_.empty() ? now + limits_.window : printed_.front() + limits_.window;
      continue;
    }
    lines.push_back(std::format("asterism: {} {}", shown(unit.name, name_limit), description));
    printed_.push_back(now);
    told_[unit.name] = std::move(description);
  }
  // Units that are gone must not make the table grow for ever.
  std::erase_if(told_, [&](const auto& entry) { return !present.contains(entry.first); });
  return lines;
}

}  // namespace asterism::node_console
