// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "node-console/monitor.hpp"
#include "node-console/node_facts.hpp"
#include "node-console/ready_mark.hpp"

namespace asterism::node_console {

/// What a session needs from outside.
struct SessionPorts {
  std::function<Result<std::unique_ptr<UnitSource>>()> connect;  ///< called again after the source failed
  std::function<NodeFacts()> facts;                              ///< called for each banner
  std::function<void(const std::string&)> print;                 ///< whole lines
};

/// One run of the console: asks for the units, lets Monitor decide, prints. The event loop calls look().
class Session {
 public:
  Session(SessionPorts ports, ReadyMark mark, TimePoint start);

  /// @returns when to call again at the latest; nothing: only when something changes.
  [[nodiscard]] std::optional<TimePoint> look(TimePoint now);

  /// The connection is gone; the next look() makes a new one. Safe to call from the source's own listener.
  void lost() noexcept { lost_ = true; }

 private:
  std::optional<UnitSnapshot> read_units();
  void perform(const Actions& actions, const std::optional<UnitSnapshot>& units);

  SessionPorts ports_;
  ReadyMark mark_;
  Monitor monitor_;
  std::unique_ptr<UnitSource> units_;
  bool lost_ = false;
};

}  // namespace asterism::node_console
