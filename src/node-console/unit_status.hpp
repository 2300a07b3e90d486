// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"

namespace asterism::node_console {

/// The target whose activation makes the node "ready".
inline constexpr std::string_view ready_target = "multi-user.target";

/// One unit as the service manager tells it; the words are org.freedesktop.systemd1(5)'s.
struct UnitStatus {
  std::string name;
  std::string load_state;
  std::string active_state;
  std::string sub_state;
  std::vector<std::string> unmet_conditions;  ///< e.g. "ConditionPathExists=/run/asterism/join/kubelet.kubeconfig"
  std::string result;                         ///< of a failed service, e.g. "exit-code"
  int exit_status = 0;                        ///< of a failed service

  friend bool operator==(const UnitStatus&, const UnitStatus&) = default;
};

/// How long the parts of the start took, by the machine's own clock.
struct StartUp {
  std::chrono::milliseconds kernel{};     ///< from the kernel's first instruction to the initramfs's service manager
  std::chrono::milliseconds initramfs{};  ///< from there to the root's

  friend bool operator==(const StartUp&, const StartUp&) = default;
};

/// All units that the console speaks of, at one moment.
struct UnitSnapshot {
  bool ready = false;               ///< ready_target is active
  std::vector<UnitStatus> agents;   ///< in the order in which they are shown
  std::optional<StartUp> start_up;  ///< nothing where there was no initramfs

  friend bool operator==(const UnitSnapshot&, const UnitSnapshot&) = default;
};

/// What a person wants to know of a unit.
enum class AgentState : std::uint8_t {
  active,
  starting,
  stopping,
  waiting,  ///< a file or folder that it needs is not there
  skipped,  ///< a condition about the machine is not met: it has no business here
  failed,
  inactive,
  absent,   ///< not part of this image
  unknown,  ///< the service manager said something that this program does not know
};

/// The name of `state` as it stands in the enumeration.
[[nodiscard]] std::string_view to_string(AgentState state) noexcept;

/// A unit's state with the reason, if there is one, e.g. waiting and "join credentials (ConditionPathExists=...)".
struct AgentSummary {
  std::string name;  ///< without ".service"
  AgentState state = AgentState::unknown;
  std::string reason;

  friend bool operator==(const AgentSummary&, const AgentSummary&) = default;
};

/// Never fails. Control characters are made visible and texts are cut to a bounded length.
[[nodiscard]] AgentSummary summarise(const UnitStatus& unit);

/// "waiting: join credentials (...)", or the state alone where there is no reason.
[[nodiscard]] std::string describe(const AgentSummary& agent);

/// Port: where unit states come from.
class UnitSource {
 public:
  virtual ~UnitSource() = default;
  UnitSource(const UnitSource&) = delete;
  UnitSource(UnitSource&&) = delete;
  UnitSource& operator=(const UnitSource&) = delete;
  UnitSource& operator=(UnitSource&&) = delete;

  /// The state now.
  /// @errors `unavailable` if the service manager does not answer; `corrupt` if its answer makes no sense.
  [[nodiscard]] virtual Result<UnitSnapshot> read() = 0;

 protected:
  UnitSource() = default;
};

}  // namespace asterism::node_console
