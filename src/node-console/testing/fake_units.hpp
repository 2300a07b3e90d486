// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "node-console/unit_status.hpp"

namespace asterism::node_console::testing {

/// A service manager that can be started, stopped, broken and unplugged; connections to it behave like the bus's.
class FakeManager {
 public:
  void start(std::string_view name) { set(name, "active", "running"); }
  void stop(std::string_view name) { set(name, "inactive", "dead"); }
  void fail_with_exit_code(std::string_view name, int status) {
    set(name, "failed", "failed");
    auto& unit = find(name);
    unit.result = "exit-code";
    unit.exit_status = status;
  }
  /// Condition not met: the unit is inactive and says why.
  void refuse_to_start(std::string_view name, std::string condition) {
    stop(name);
    find(name).unmet_conditions = {std::move(condition)};
  }
  void reach_ready_target() { units_.ready = true; }

  /// Every connection is dead from now on.
  void unplug() { ++plugged_generation_, plugged_ = false; }
  void plug_in() { plugged_ = true; }

  [[nodiscard]] int connections_made() const noexcept { return connections_; }
  [[nodiscard]] const UnitSnapshot& units() const noexcept { return units_; }

  [[nodiscard]] Result<std::unique_ptr<UnitSource>> connect() {
    ++connections_;
    if (!plugged_) return fail(Errc::unavailable, "fake bus: unplugged");
    return std::make_unique<Connection>(*this);
  }

 private:
  class Connection final : public UnitSource {
   public:
    explicit Connection(const FakeManager& manager) : manager_{manager}, generation_{manager.plugged_generation_} {}
    Result<UnitSnapshot> read() override {
      if (generation_ != manager_.plugged_generation_) return fail(Errc::unavailable, "fake bus: connection lost");
      return manager_.units_;
    }

   private:
    const FakeManager& manager_;
    int generation_;
  };

  UnitStatus& find(std::string_view name) {
    for (auto& unit : units_.agents) {
      if (unit.name == name) return unit;
    }
    units_.agents.emplace_back().name = name;
    units_.agents.back().load_state = "loaded";
    return units_.agents.back();
  }
  void set(std::string_view name, std::string_view active, std::string_view sub) {
    auto& unit = find(name);
    unit.active_state = active;
    unit.sub_state = sub;
    unit.result.clear();
    unit.exit_status = 0;
    unit.unmet_conditions.clear();
  }

  UnitSnapshot units_;
  bool plugged_ = true;
  int plugged_generation_ = 0;
  int connections_ = 0;
};

}  // namespace asterism::node_console::testing
