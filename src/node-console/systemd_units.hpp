// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "node-console/unit_status.hpp"

struct sd_bus;
struct sd_event;

namespace asterism::node_console {

/// What the service manager told without being asked.
enum class UnitEvent : std::uint8_t {
  changed,         ///< one of the agents may have changed
  target_changed,  ///< ready_target may have changed
  lost,            ///< the connection is gone: make a new source
};

/// Units of the running system over D-Bus (org.freedesktop.systemd1(5)); needs no privilege.
class SystemdUnits final : public UnitSource {
 public:
  using Listener = std::function<void(UnitEvent)>;

  /// @errors `unavailable` if there is no bus, or no service manager on it.
  [[nodiscard]] static Result<std::unique_ptr<SystemdUnits>> connect();
  ~SystemdUnits() override;
  SystemdUnits(const SystemdUnits&) = delete;
  SystemdUnits(SystemdUnits&&) = delete;
  SystemdUnits& operator=(const SystemdUnits&) = delete;
  SystemdUnits& operator=(SystemdUnits&&) = delete;

  /// Calls `listener` from the loop `event` on every change. It must not destroy this object while it runs.
  /// @errors `unavailable`.
  [[nodiscard]] Result<> watch(sd_event* event, Listener listener);

  [[nodiscard]] Result<UnitSnapshot> read() override;

 private:
  explicit SystemdUnits(sd_bus* bus) : bus_{bus} {}
  struct Handlers;

  sd_bus* bus_;
  Listener listener_;
  std::optional<StartUp> start_up_;  // it never changes
};

}  // namespace asterism::node_console
