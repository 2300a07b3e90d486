// SPDX-License-Identifier: Apache-2.0
#include "node-console/session.hpp"

#include <algorithm>
#include <format>
#include <utility>

#include "node-console/banner.hpp"

namespace asterism::node_console {
namespace {

constexpr std::chrono::seconds reconnection{5};

}  // namespace

Session::Session(SessionPorts ports, ReadyMark mark, TimePoint start)
    : ports_{std::move(ports)}, mark_{std::move(mark)}, monitor_{start, mark_.is_set()} {}

std::optional<UnitSnapshot> Session::read_units() {
  if (std::exchange(lost_, false)) units_.reset();
  if (!units_) {
    auto made = ports_.connect();
    if (!made) return std::nullopt;
    units_ = *std::move(made);
  }
  auto snapshot = units_->read();
  if (snapshot) return *std::move(snapshot);
  units_.reset();
  return std::nullopt;
}

std::optional<TimePoint> Session::look(TimePoint now) {
  const auto units = read_units();
  const auto actions = monitor_.step(now, units);
  perform(actions, units);
  if (units) return actions.wake;
  const auto again = now + reconnection;
  return actions.wake ? std::min(*actions.wake, again) : again;
}

void Session::perform(const Actions& actions, const std::optional<UnitSnapshot>& units) {
  std::string text;
  if (actions.banner) text += render_banner({.facts = ports_.facts(), .units = units});
  if (actions.ready) {
    mark_.set();
    text += std::format("{}\n", ready_line);
  }
  for (const auto& line : actions.lines)
    text += line + "\n";
  if (!text.empty()) ports_.print(text);
}

}  // namespace asterism::node_console
