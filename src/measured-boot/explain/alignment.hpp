// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "measured-boot/explain/expectation.hpp"
#include "measured-boot/explain/observation.hpp"

namespace asterism::measured_boot::explain {

/// How one step of an alignment reads.
enum class StepKind : std::uint8_t { same, changed, missing, extra };

/// One place of the alignment: indices into the expected and the observed events.
struct Step {
  StepKind kind = StepKind::same;
  std::optional<std::size_t> expected = {};
  std::optional<std::size_t> observed = {};
};

/// The expected events of one register beside the observed ones, with as few differences as possible; events of the
/// same kind (event type, name of variable or section) stand side by side where they can.
/// @param observed of that register, in order.
[[nodiscard]] std::vector<Step> align(const std::vector<ExpectedEvent>& expected,
                                      const std::vector<const ObservedEvent*>& observed);

}  // namespace asterism::measured_boot::explain
